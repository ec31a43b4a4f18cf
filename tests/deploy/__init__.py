"""What stands beside the service: rules, dashboards, proxies, and the page that explains them."""
