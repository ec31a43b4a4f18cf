"""The rules of trading, pure: no clock, no I/O, no environment, no logging.

Time and settings come in as parameters; money and prices are fixed-point integers.
Every rounding rule and every tie rule of the service stands here, once.
Nothing in this package may import anything but itself, `app.errors`, pytz and the standard library.
"""
