// Short names for the bodies of the document.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["AccountBody"];
export type Caller = Schemas["CallerBody"];
export type Daily = Schemas["DailyBody"];
export type Weekly = Schemas["WeeklyBody"];
export type Monthly = Schemas["MonthlyBody"];
export type DayOfPeriod = Schemas["DayOfPeriod"];
export type Summary = Schemas["SummaryBody"];
export type AllTime = Schemas["AllTime"];
export type Feed = Schemas["Feed"];
export type History = Schemas["HistoryBody"];
export type Point = Schemas["Point"];
export type Statistics = Schemas["GroupedBody"];
export type Group = Schemas["GroupBody"];
export type Position = Schemas["PositionBody"];
export type WholePosition = Schemas["WholePositionBody"];
export type Positions = Schemas["PositionsBody"];
export type Trade = Schemas["TradeBody"];
export type Trades = Schemas["TradesBody"];
export type Instrument = Schemas["InstrumentBody"];
export type Prices = Schemas["PricesBody"];
export type Bar = Schemas["BarBody"];
export type Risk = Schemas["RiskBody"];
export type Limit = Schemas["DailyLoss"] | Schemas["MaximumLoss"];
export type Health = Schemas["HealthBody"];
export type ImportEntry = Schemas["ImportBody"];
export type ImportOutcome = Schemas["ImportedBody"];
export type Undone = Schemas["UndoneBody"];
export type Metrics = Schemas["MetricsBody"];
export type Endpoint = Schemas["Endpoint"];
