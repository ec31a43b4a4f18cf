// Made by `make dashboard-types` from /openapi.json; not written by hand.
export interface paths {
    "/api/account/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["accounts.info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/account/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["accounts.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["accounts.list_all"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{account_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["accounts.change"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{account_id}/cash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["accounts.move_cash"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{account_id}/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["accounts.reconciliation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/bars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["bars.store"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["executions.record"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/executions/{account_id}/{execution_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["executions.replace"];
        post?: never;
        delete: operations["executions.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["health.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["history.latest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["imports.list_some"];
        put?: never;
        post: operations["imports.bring"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{import_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["imports.undo"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instruments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["instruments.list_all"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["metrics.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["orders.record"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance/daily": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.daily"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance/monthly": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.monthly"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/performance/weekly": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["performance.weekly"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["positions.list_some"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/positions/{position_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["positions.one"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/risk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["risk.current"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/risk/gate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["risk.gate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/risk/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["risk.presets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/risk/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["risk.reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["session.who"];
        put?: never;
        post: operations["session.begin"];
        delete: operations["session.leave"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["statistics.of_window"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/statistics/definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["statistics.definitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["trades.list_some"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trades/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["trades.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.marks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/symbols": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.symbols"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.time"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/udf/timescale_marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["udf.timescale_marks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ws-ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["stream.ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccountBody: {
            account_type: string;
            balance: number;
            broker_balance: number | null;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            daily_pnl: number;
            id: string;
            name: string;
            selected: boolean;
            status: string;
            timezone: string;
        };
        AccountMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["AccountUpdate"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "account_update";
        };
        AccountUpdate: {
            account_type: string;
            balance: number;
            broker_balance: number | null;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            daily_pnl: number;
            id: string;
            name: string;
            status: string;
            timezone: string;
        };
        AccountVersion: {
            version: number;
        };
        Alive: {
            /** @enum {string} */
            status: "ok";
        };
        AllTime: {
            balance: number;
            breakeven_trades: number;
            fees: number;
            gross_pnl: number;
            losing_trades: number;
            max_drawdown: number;
            net_pnl: number;
            profit_factor: number | null;
            start: string | null;
            total_trades: number;
            win_rate: number;
            winning_trades: number;
        };
        BarBody: {
            close: number;
            high: number;
            low: number;
            open: number;
            partial?: boolean;
            /** Format: date-time */
            timestamp: string;
            volume: number;
        };
        BarsMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["BarsUpdate"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "bar_update";
        };
        BarsUpdate: {
            contract: string;
            symbol: string;
        };
        Cache: {
            hit_rate: number | null;
            memory: number;
            miss: number;
            redis: number;
        };
        CacheStatus: {
            hit: boolean;
            latency_ms: number;
            /** @enum {string} */
            tier: "memory" | "postgres" | "redis" | "sqlite" | "topstepx";
        };
        CallerBody: {
            accounts: string[] | null;
            expires_at: string | null;
            name: string;
            /** @enum {string} */
            scope: "admin" | "read" | "write";
            selected_account_id: string | null;
        };
        CashBody: {
            amount: string | number;
            id: string;
            /** @default null */
            note: string | null;
            occurred_at: string;
        };
        ColumnsBody: {
            c: number[];
            h: number[];
            l: number[];
            o: number[];
            /** @enum {string} */
            s: "ok";
            t: number[];
            v: number[];
        };
        ConfigBody: {
            exchanges: components["schemas"]["Exchange"][];
            supported_resolutions: ("1" | "15" | "1D" | "1S" | "5" | "5S" | "60")[];
            supports_group_request: boolean;
            supports_marks: boolean;
            supports_search: boolean;
            supports_time: boolean;
            supports_timescale_marks: boolean;
            symbols_types: components["schemas"]["Named"][];
        };
        Consistency: {
            best_session: string | null;
            best_session_pnl: number;
            best_share: number | null;
            fulfilled: boolean | null;
            needed_profit: number;
            share: number;
        };
        CorrectedBody: {
            account_id?: string;
            /** @default null */
            average_price: boolean | null;
            /** @default null */
            broker_pnl: (string | number) | null;
            /** @default null */
            contract: string | null;
            executed_at: string;
            execution_id?: string;
            /** @default null */
            fees: (string | number) | null;
            /** @default null */
            fx_rate: (string | number) | null;
            /** @default null */
            order_id: string | null;
            price: string | number;
            quantity: number;
            /** @default null */
            sequence: number | null;
            /** @enum {string} */
            side: "BUY" | "SELL";
            /** @default null */
            source: string | null;
            /** @default null */
            strategy: string | null;
            symbol: string;
        };
        DailyBody: {
            account_id: string;
            avg_loss: number;
            avg_win: number;
            breakeven_trades: number;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            daily_pnl: number;
            /** Format: date */
            date: string;
            /** Format: date-time */
            end: string;
            explanation?: components["schemas"]["Explanation"];
            feed: components["schemas"]["Feed"];
            fees: number;
            gross_pnl: number;
            largest_loss: number;
            largest_win: number;
            losing_trades: number;
            max_drawdown: number;
            open: components["schemas"]["Open"] | null;
            period: string;
            realized_pnl: number;
            /** Format: date-time */
            start: string;
            timezone: string;
            total_trades: number;
            version: number;
            win_rate: number;
            winning_trades: number;
        };
        DailyLoss: {
            level: number;
            limit: number;
            pct: number | null;
            reached_at: string | null;
            remaining: number | null;
            used: number | null;
            violated: boolean;
        };
        DatabaseState: {
            bytes: number;
            kind: string;
            last_change_at: string | null;
            revision: string;
            wal_bytes: number | null;
        };
        DayOfPeriod: {
            /** Format: date */
            date: string;
            losing_trades: number;
            pnl: number;
            total_trades: number;
            winning_trades: number;
        };
        DefinitionBody: {
            formula: string;
            name: string;
            sample: string;
            undefined: number | null;
            unit: string;
        };
        Deleted: {
            accounts: {
                [key: string]: components["schemas"]["AccountVersion"];
            };
            deleted: number;
        };
        DifferingBody: {
            broker_fees: number;
            broker_pnl: number | null;
            contract: string;
            /** Format: date */
            date: string;
            deleted: boolean;
            difference: number | null;
            execution_id: string;
            fees: number;
            fees_difference: number;
            gross_pnl: number;
            /** Format: date-time */
            timestamp: string;
        };
        Ended: {
            ended: boolean;
        };
        Endpoint: {
            cache: components["schemas"]["Cache"];
            calls: number;
            errors: number;
            latency_ms: components["schemas"]["Latency"];
            not_modified: number;
            route: string;
            server_errors: number;
        };
        ErrorBody: {
            error: components["schemas"]["Failure"];
        };
        ErrorMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["SaidFailure"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "error";
        };
        Exchange: {
            desc: string;
            name: string;
            value: string;
        };
        ExecutionBody: {
            account_id: string;
            /** @default null */
            average_price: boolean | null;
            /** @default null */
            broker_pnl: (string | number) | null;
            /** @default null */
            contract: string | null;
            executed_at: string;
            execution_id: string;
            /** @default null */
            fees: (string | number) | null;
            /** @default null */
            fx_rate: (string | number) | null;
            /** @default null */
            order_id: string | null;
            price: string | number;
            quantity: number;
            /** @default null */
            sequence: number | null;
            /** @enum {string} */
            side: "BUY" | "SELL";
            /** @default null */
            source: string | null;
            /** @default null */
            strategy: string | null;
            symbol: string;
        };
        ExplainedPosition: {
            closed_at: string | null;
            fees: number;
            gross_pnl: number;
            id: string;
            net_pnl: number;
            /** @enum {string} */
            side: "LONG" | "SHORT";
            symbol: string;
        };
        Explanation: {
            /** Format: date-time */
            end: string;
            more: number;
            positions: components["schemas"]["ExplainedPosition"][];
            /** Format: date-time */
            start: string;
            sum: components["schemas"]["Sum"];
        };
        Failure: {
            /** @enum {string} */
            code: "ACCOUNT_NOT_FOUND" | "ACCOUNT_REQUIRED" | "CACHE_MISS" | "CONFLICT" | "CURRENCY_MISMATCH" | "DATABASE_UNAVAILABLE" | "FEED_STALE" | "FORBIDDEN" | "INTERNAL" | "INVALID_BODY" | "INVALID_CURSOR" | "INVALID_PARAMETER" | "METHOD_NOT_ALLOWED" | "NOT_FOUND" | "PAYLOAD_TOO_LARGE" | "RATE_LIMITED" | "RISK_LIMIT_REACHED" | "RISK_UNKNOWN" | "SOURCE_OVERLAP" | "UNAUTHENTICATED" | "UNKNOWN_SYMBOL" | "UNSUPPORTED_MEDIA_TYPE" | "UPSTREAM_UNAVAILABLE";
            details: components["schemas"]["FaultBody"][];
            message: string;
            request_id: string;
            retryable: boolean;
        };
        FaultBody: {
            field: string;
            message: string;
            row?: number;
        };
        Feed: {
            last_execution_at: string | null;
            /** @enum {string} */
            status: "live" | "stale" | "manual";
        };
        FiguresBody: {
            broker_fees: number;
            broker_gross_pnl: number | null;
            compared: number;
            /** Format: date */
            date?: string;
            differing: number;
            executions: number;
            fees: number;
            fees_difference: number;
            gross_difference: number | null;
            gross_pnl: number;
            not_compared: number;
        };
        GateBody: {
            allowed: boolean;
            limits: number;
        };
        GroupBody: {
            avg_holding_s: number;
            avg_loss: number;
            avg_win: number;
            breakeven_trades: number;
            calmar_ratio: number | null;
            expectancy: number;
            fees: number;
            gross_pnl: number;
            group: string | null;
            largest_loss: number;
            largest_win: number;
            longest_losing_streak: number;
            longest_winning_streak: number;
            losing_trades: number;
            max_drawdown: number;
            max_drawdown_recovered_at: string | null;
            max_drawdown_started_at: string | null;
            max_drawdown_trough_at: string | null;
            median_holding_s: number;
            net_pnl: number;
            payoff_ratio: number | null;
            profit_factor: number | null;
            recovery_factor: number | null;
            sharpe_ratio: number | null;
            sortino_ratio: number | null;
            std_dev: number | null;
            total_trades: number;
            win_rate: number;
            winning_trades: number;
        };
        GroupedBody: {
            account_id: string;
            avg_holding_s: number;
            avg_loss: number;
            avg_win: number;
            breakeven_trades: number;
            /** @enum {string} */
            calendar: "civil" | "session";
            calmar_ratio: number | null;
            currency: string;
            /** Format: date-time */
            end: string;
            expectancy: number;
            fees: number;
            gross_pnl: number;
            /** @enum {string} */
            group_by?: "symbol" | "contract" | "strategy" | "side" | "weekday" | "hour" | "day" | "week" | "month" | "holding_time";
            groups?: components["schemas"]["GroupBody"][];
            largest_loss: number;
            largest_win: number;
            longest_losing_streak: number;
            longest_winning_streak: number;
            losing_trades: number;
            max_drawdown: number;
            max_drawdown_recovered_at: string | null;
            max_drawdown_started_at: string | null;
            max_drawdown_trough_at: string | null;
            median_holding_s: number;
            net_pnl: number;
            payoff_ratio: number | null;
            profit_factor: number | null;
            recovery_factor: number | null;
            sharpe_ratio: number | null;
            sortino_ratio: number | null;
            /** Format: date-time */
            start: string;
            std_dev: number | null;
            timezone: string;
            total_trades: number;
            version: number;
            win_rate: number;
            winning_trades: number;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "unavailable";
        };
        HealthBody: {
            /** @enum {string} */
            access: "open to anyone" | "tokens";
            broker_limits: components["schemas"]["LimitUse"][] | null;
            database: components["schemas"]["DatabaseState"];
            /** @enum {string} */
            redis: "none" | "ok" | "unavailable";
            /** @enum {string} */
            status: "degraded" | "ok";
            sync: components["schemas"]["SyncBody"] | null;
            uptime_s: number;
            version: string;
            workers: number;
        };
        HealthMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["Health"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "health";
        };
        Hello: {
            caller: string;
            heartbeat_s: number;
            version: string;
        };
        HelloMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["Hello"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "hello";
        };
        HistoryBody: {
            account_id: string;
            /** @enum {string} */
            basis: "position" | "execution";
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            /** Format: date-time */
            end: string;
            explanation?: components["schemas"]["Explanation"];
            interval: string;
            next_cursor: string | null;
            points: components["schemas"]["Point"][];
            /** Format: date-time */
            start: string;
            summary: components["schemas"]["HistorySummary"];
            timezone: string;
        };
        HistorySummary: {
            avg_loss: number;
            avg_win: number;
            cash_flow: number | null;
            end_balance: number | null;
            losing_trades: number;
            max_drawdown: number;
            profit_factor: number | null;
            start_balance: number | null;
            total_pnl: number;
            trade_count: number;
            win_rate: number;
            winning_trades: number;
        };
        ImportBody: {
            accepted: number;
            account_id: string;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            duplicates: number;
            file: string;
            format: string;
            id: string;
            orders_accepted: number;
            orders_duplicates: number;
            rows: number;
            sha256: string;
            undone_at: string | null;
        };
        ImportedBody: {
            accepted: number;
            account_id: string;
            accounts: {
                [key: string]: components["schemas"]["AccountVersion"];
            };
            accounts_created: string[];
            closed_positions: number;
            dry_run: boolean;
            duplicates: number;
            executions: number;
            fees: number;
            file: string;
            first_execution_at: string | null;
            format: string;
            gross_pnl: number;
            id: string | null;
            last_execution_at: string | null;
            net_pnl: number;
            open_positions: number;
            orders_accepted: number;
            orders_duplicates: number;
            positions_closed: number;
            rows: number;
            source: string;
            warnings: string[];
        };
        ImportsBody: {
            items: components["schemas"]["ImportBody"][];
            next_cursor: string | null;
        };
        InstrumentBody: {
            contract_months: string;
            currency: string;
            exchange: string;
            is_micro: boolean;
            name: string;
            point_value: number;
            symbol: string;
            tick_size: number;
            tick_value: number;
        };
        Latency: {
            p50: number | null;
            p95: number | null;
            p99: number | null;
        };
        LimitUse: {
            name: string;
            requests: number;
            span_s: number;
            used: number;
        };
        MarksBody: {
            color: string[];
            id: string[];
            label: string[];
            labelFontColor: string[];
            minSize: number[];
            text: string[];
            time: number[];
        };
        MaximumLoss: {
            level: number;
            limit: number;
            /** @enum {string} */
            mode: "eod" | "static";
            pct: number | null;
            reached_at: string | null;
            remaining: number | null;
            used: number | null;
            violated: boolean;
        };
        MetricsBody: {
            endpoints: components["schemas"]["Endpoint"][];
            total: components["schemas"]["Endpoint"];
            uptime_s: number;
            version: string;
            workers: number;
        };
        MinimumDays: {
            reached: boolean;
            remaining: number;
            required: number;
            traded: number;
        };
        MonthlyBody: {
            account_id: string;
            avg_loss: number;
            avg_win: number;
            breakeven_trades: number;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            /** Format: date */
            date: string;
            days: components["schemas"]["DayOfPeriod"][];
            /** Format: date-time */
            end: string;
            explanation?: components["schemas"]["Explanation"];
            feed: components["schemas"]["Feed"];
            fees: number;
            gross_pnl: number;
            largest_loss: number;
            largest_win: number;
            losing_trades: number;
            max_drawdown: number;
            monthly_pnl: number;
            open: components["schemas"]["Open"] | null;
            period: string;
            realized_pnl: number;
            /** Format: date-time */
            start: string;
            timezone: string;
            total_trades: number;
            version: number;
            win_rate: number;
            winning_trades: number;
        };
        Named: {
            name: string;
            value: string;
        };
        NoDataBody: {
            nextTime?: number;
            /** @enum {string} */
            s: "no_data";
        };
        Open: {
            marked_at: string | null;
            positions: number;
            quantity: number;
            realized_pnl: number;
            unrealized_pnl: number | null;
        };
        OrderBody: {
            account_id: string;
            /** @default null */
            contract: string | null;
            order_id: string;
            /** @default null */
            price: (string | number) | null;
            quantity: number;
            /** @enum {string} */
            side: "BUY" | "SELL";
            /** @default null */
            source: string | null;
            /** @enum {string} */
            status: "CANCELLED" | "FILLED" | "PENDING" | "REJECTED";
            /** @default null */
            strategy: string | null;
            submitted_at: string;
            symbol: string;
            /** @default null */
            updated_at: string | null;
        };
        OrdersRecorded: {
            accepted: number;
            accounts: {
                [key: string]: components["schemas"]["AccountVersion"];
            };
            accounts_created: string[];
            duplicates: number;
        };
        PerformanceMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["DailyBody"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "performance_update";
        };
        PieceBody: {
            /** Format: date-time */
            executed_at: string;
            execution_id: string;
            fees: number;
            order_id: string | null;
            price: number;
            quantity: number;
            realized_pnl: number;
            sequence: number;
            /** @enum {string} */
            side: "BUY" | "SELL";
            source: string;
            strategy: string | null;
        };
        Point: {
            balance: number | null;
            cumulative_pnl: number;
            losing_trades: number;
            max_drawdown: number;
            partial?: boolean;
            period: string;
            period_pnl: number;
            /** Format: date-time */
            timestamp: string;
            trade_count: number;
            winning_trades: number;
        };
        PongMessage: {
            /** @default null */
            account_id: string | null;
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "pong";
        };
        PositionBody: {
            account_id: string;
            closed_at: string | null;
            contract: string;
            current_price?: number | null;
            duration_s: number | null;
            entry_price: number;
            execution_count: number;
            exit_price: number | null;
            fees: number;
            gross_pnl: number;
            id: string;
            mae: number | null;
            max_quantity: number;
            mfe: number | null;
            net_pnl: number;
            /** Format: date-time */
            opened_at: string;
            quantity: number;
            /** @enum {string} */
            side: "LONG" | "SHORT";
            strategy: string | null;
            symbol: string;
            unrealized_pnl?: number | null;
        };
        PositionsBody: {
            end: string | null;
            items: components["schemas"]["PositionBody"][];
            next_cursor: string | null;
            start: string | null;
            summary: components["schemas"]["PositionsSummary"];
        };
        PositionsMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["PositionsUpdate"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "position_update";
        };
        PositionsSummary: {
            breakeven: number;
            closed: number;
            fees: number;
            gross_pnl: number;
            losing: number;
            net_pnl: number;
            open: number;
            total: number;
            winning: number;
        };
        PositionsUpdate: {
            gone: string[];
            has_more: boolean;
            is_snapshot: boolean;
            items: components["schemas"]["PositionBody"][];
        };
        PresetBody: {
            consistency_share: number;
            daily_loss_limit: number;
            max_loss_limit: number;
            /** @enum {string} */
            max_loss_mode: "eod" | "static";
            name: string;
            profit_target: number;
            starting_balance: number;
        };
        PricesBody: {
            bars: components["schemas"]["BarBody"][];
            cache_status: components["schemas"]["CacheStatus"];
            count: number;
            /** @enum {string} */
            source: "memory_cache" | "postgres_cache" | "redis_cache" | "sqlite_cache" | "topstepx_api";
            symbol: string;
            /** @enum {string} */
            timeframe: "15m" | "1d" | "1h" | "1m" | "1s" | "5m" | "5s";
        };
        ProfitTarget: {
            profit: number;
            reached: boolean;
            remaining: number;
            target: number;
        };
        Readiness: {
            /** @enum {string} */
            access: "open to anyone" | "tokens";
            /** @enum {string} */
            database: "ok";
            /** @enum {string} */
            redis: "none" | "ok" | "unavailable";
            /** @enum {string} */
            status: "degraded" | "ok";
        };
        ReconciliationBody: {
            account_id: string;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            /** Format: date-time */
            end: string;
            executions: components["schemas"]["DifferingBody"][];
            items: components["schemas"]["FiguresBody"][];
            more: number;
            /** Format: date-time */
            start: string;
            timezone: string;
            totals: components["schemas"]["FiguresBody"];
        };
        Recorded: {
            accepted: number;
            accounts: {
                [key: string]: components["schemas"]["AccountVersion"];
            };
            accounts_created: string[];
            duplicates: number;
            positions_closed: number;
        };
        ResetBody: {
            account_id: string;
            /** Format: date-time */
            reset_at: string;
            reset_by: string;
            version: number;
            violated: boolean;
        };
        ResetRequest: {
            account_id: string;
        };
        RiskBody: {
            account_id: string;
            balance: number;
            broker_balance: number | null;
            compliance: boolean | null;
            consistency: components["schemas"]["Consistency"] | null;
            currency: string;
            data_age_s: number | null;
            dll: components["schemas"]["DailyLoss"] | null;
            equity: number | null;
            /** @enum {string} */
            feed: "live" | "stale" | "manual";
            highest_eod_balance: number;
            minimum_days: components["schemas"]["MinimumDays"] | null;
            mll: components["schemas"]["MaximumLoss"] | null;
            profit_target: components["schemas"]["ProfitTarget"] | null;
            realized_pnl: number;
            /** Format: date */
            session: string;
            session_start_balance: number;
            start_balance: number;
            /** Format: date-time */
            timestamp: string;
            total_pnl: number | null;
            unknown: ("mark" | "feed" | "broker_balance")[];
            unrealized_pnl: number | null;
            version: number;
            violations: components["schemas"]["Violation"][];
            warnings: components["schemas"]["Warned"][];
        };
        RiskMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["RiskBody"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "risk_update";
        };
        SaidFailure: {
            code: string;
            details: components["schemas"]["SaidFault"][];
            message: string;
            request_id: string;
            retryable: boolean;
        };
        SaidFault: {
            field: string;
            message: string;
        };
        SearchedBody: {
            description: string;
            exchange: string;
            full_name: string;
            symbol: string;
            ticker: string;
            type: string;
        };
        Selected: {
            account_id: string;
            selected: boolean;
        };
        SentBar: {
            close: string | number;
            high: string | number;
            low: string | number;
            open: string | number;
            timestamp: string;
            volume: number;
        };
        SentBars: {
            bars: components["schemas"]["SentBar"][];
            /** @default null */
            contract: string | null;
            symbol: string;
            /** @enum {string} */
            timeframe: "15m" | "1d" | "1h" | "1m" | "1s" | "5m" | "5s";
        };
        SettingsBody: {
            /** @default null */
            account_type: string | null;
            /** @default null */
            calendar: ("civil" | "session") | null;
            /** @default null */
            currency: string | null;
            /** @default null */
            name: string | null;
            risk?: components["schemas"]["TermsBody"];
            /** @default null */
            starting_balance: (string | number) | null;
            /** @default null */
            timezone: string | null;
        };
        StoredBody: {
            accepted: number;
            contract: string;
            corrected: number;
            unchanged: number;
        };
        Sum: {
            fees: number;
            gross_pnl: number;
            net_pnl: number;
            positions: number;
        };
        SummaryBody: {
            account_id: string;
            all_time: components["schemas"]["AllTime"];
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            month: components["schemas"]["MonthlyBody"];
            timezone: string;
            today: components["schemas"]["DailyBody"];
            version: number;
            week: components["schemas"]["WeeklyBody"];
        };
        SwitchBody: {
            account_id: string;
        };
        SymbolBody: {
            currency_code: string;
            /** @enum {string} */
            data_status: "streaming";
            description: string;
            exchange: string;
            /** @enum {string} */
            format: "price";
            fractional: boolean;
            has_daily: boolean;
            has_intraday: boolean;
            has_seconds: boolean;
            has_weekly_and_monthly: boolean;
            intraday_multipliers: string[];
            listed_exchange: string;
            minmov: number;
            minmove2: number;
            name: string;
            pricescale: number;
            seconds_multipliers: string[];
            session: string;
            supported_resolutions: ("1" | "15" | "1D" | "1S" | "5" | "5S" | "60")[];
            ticker: string;
            timezone: string;
            type: string;
            volume_precision: number;
        };
        SyncBody: {
            accounts: number;
            differing: number;
            fault: string | null;
            faults: number;
            last_pass_at: string | null;
            last_try_at: string | null;
            running: boolean;
            undecided: number;
        };
        TermsBody: {
            consistency_share?: (string | number) | null;
            daily_loss_limit?: (string | number) | null;
            max_loss_limit?: (string | number) | null;
            /** @enum {string} */
            max_loss_mode?: "eod" | "static";
            minimum_days?: number | null;
            /** @enum {string} */
            preset?: "topstep-50k" | "topstep-100k" | "topstep-150k";
            profit_target?: (string | number) | null;
            warning_shares?: (string | number)[];
        };
        TicketBody: {
            /** Format: date-time */
            expires_at: string;
            ticket: string;
        };
        TimescaleMarksBody: {
            color: string[];
            id: string[];
            label: string[];
            time: number[];
            tooltip: string[][];
        };
        TokenBody: {
            token: string;
        };
        TradeBody: {
            contract: string;
            fees: number;
            fill_time_ms: number | null;
            id: string;
            net_pnl: number;
            order_id: string | null;
            pnl: number;
            position_id: string | null;
            price: number | null;
            quantity: number;
            /** @enum {string} */
            side: "BUY" | "SELL";
            /** @enum {string} */
            status: "PENDING" | "FILLED" | "CANCELLED" | "REJECTED";
            strategy: string | null;
            symbol: string;
            /** Format: date-time */
            timestamp: string;
        };
        TradesBody: {
            account_id: string;
            /** Format: date-time */
            end: string;
            items: components["schemas"]["TradeBody"][];
            next_cursor: string | null;
            /** Format: date-time */
            start: string;
            summary: components["schemas"]["TradesSummary"];
        };
        TradesMessage: {
            /** @default null */
            account_id: string | null;
            data: components["schemas"]["TradesUpdate"];
            /** @default null */
            seq: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            type: "trade_update";
        };
        TradesSummary: {
            avg_fill_time_ms: number;
            cancelled: number;
            fees: number;
            filled: number;
            gross_pnl: number;
            net_pnl: number;
            pending: number;
            rejected: number;
            total: number;
        };
        TradesUpdate: {
            gone: string[];
            has_more: boolean;
            items: components["schemas"]["TradeBody"][];
        };
        UndoneBody: {
            accounts: {
                [key: string]: components["schemas"]["AccountVersion"];
            };
            corrected: number;
            id: string;
            orders: number;
            restorable: number;
            undone: number;
        };
        UploadBody: {
            file: string;
        };
        Violation: {
            equity: number;
            level: number;
            /** @enum {string} */
            limit: "daily_loss_limit" | "max_loss_limit";
            /** Format: date-time */
            reached_at: string;
        };
        Warned: {
            /** Format: date-time */
            crossed_at: string;
            /** @enum {string} */
            limit: "daily_loss_limit" | "max_loss_limit";
            share: number;
        };
        WeeklyBody: {
            account_id: string;
            avg_loss: number;
            avg_win: number;
            breakeven_trades: number;
            /** @enum {string} */
            calendar: "civil" | "session";
            currency: string;
            /** Format: date */
            date: string;
            days: components["schemas"]["DayOfPeriod"][];
            /** Format: date-time */
            end: string;
            explanation?: components["schemas"]["Explanation"];
            feed: components["schemas"]["Feed"];
            fees: number;
            gross_pnl: number;
            largest_loss: number;
            largest_win: number;
            losing_trades: number;
            max_drawdown: number;
            open: components["schemas"]["Open"] | null;
            period: string;
            realized_pnl: number;
            /** Format: date-time */
            start: string;
            timezone: string;
            total_trades: number;
            version: number;
            /** Format: date */
            week_end: string;
            /** Format: date */
            week_start: string;
            weekly_pnl: number;
            win_rate: number;
            winning_trades: number;
        };
        WholePositionBody: {
            account_id: string;
            closed_at: string | null;
            contract: string;
            current_price?: number | null;
            duration_s: number | null;
            entry_price: number;
            execution_count: number;
            executions: components["schemas"]["PieceBody"][];
            exit_price: number | null;
            fees: number;
            gross_pnl: number;
            id: string;
            mae: number | null;
            max_quantity: number;
            mfe: number | null;
            net_pnl: number;
            /** Format: date-time */
            opened_at: string;
            quantity: number;
            /** @enum {string} */
            side: "LONG" | "SHORT";
            strategy: string | null;
            symbol: string;
            unrealized_pnl?: number | null;
        };
    };
    responses: never;
    parameters: {
        IfNoneMatch: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "accounts.info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    "accounts.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwitchBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Selected"];
                };
            };
        };
    };
    "accounts.list_all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"][];
                };
            };
        };
    };
    "accounts.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    "accounts.move_cash": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CashBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorded"];
                };
            };
        };
    };
    "accounts.reconciliation": {
        parameters: {
            query?: {
                end?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                start?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReconciliationBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "bars.store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SentBars"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredBody"];
                };
            };
        };
    };
    "executions.record": {
        parameters: {
            query?: {
                allow_overlap?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExecutionBody"][] | components["schemas"]["ExecutionBody"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorded"];
                };
            };
        };
    };
    "executions.replace": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
                execution_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectedBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recorded"];
                };
            };
        };
    };
    "executions.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
                execution_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    "health.summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
        };
    };
    "history.latest": {
        parameters: {
            query?: {
                adjust?: boolean;
                end?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                limit?: number;
                live?: boolean;
                symbol?: string;
                timeframe?: "15m" | "1d" | "1h" | "1m" | "1s" | "5m" | "5s";
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricesBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "imports.list_some": {
        parameters: {
            query?: {
                account_id?: string;
                cursor?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                limit?: number;
                require?: "live";
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportsBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "imports.bring": {
        parameters: {
            query?: {
                account_id?: string;
                allow_overlap?: boolean;
                date_order?: "month-first" | "day-first";
                dry_run?: boolean;
                fees_per_side?: string;
                format?: "auto" | "own-csv" | "topstepx-trades" | "topstepx-orders" | "tradovate-fills" | "tradovate-performance" | "tradovate-orders" | "tradovate-position-history" | "ninjatrader-executions" | "ninjatrader-trades" | "rithmic-orders" | "rithmic-performance" | "quantower-trades" | "ibkr-flex" | "ibkr-activity" | "tradingview-paper";
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["UploadBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedBody"];
                };
            };
        };
    };
    "imports.undo": {
        parameters: {
            query?: {
                account_id?: string;
            };
            header?: never;
            path: {
                import_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UndoneBody"];
                };
            };
        };
    };
    "instruments.list_all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstrumentBody"][];
                };
            };
        };
    };
    "metrics.summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricsBody"];
                };
            };
        };
    };
    "orders.record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderBody"][] | components["schemas"]["OrderBody"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersRecorded"];
                };
            };
        };
    };
    "performance.summary": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                explain?: boolean;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SummaryBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "performance.daily": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                date?: string;
                explain?: boolean;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DailyBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "performance.export": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                end?: string;
                fill?: "zero";
                format?: "csv";
                interval?: "daily" | "day" | "hour" | "hourly" | "month" | "monthly" | "tick" | "trade" | "week" | "weekly";
                require?: "live";
                start?: string;
                strategy?: string;
                symbol?: string;
                tz?: string;
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    "performance.history": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                cursor?: string;
                end?: string;
                explain?: boolean;
                fill?: "zero";
                format?: "csv" | "json" | "ndjson" | "text";
                interval?: "daily" | "day" | "hour" | "hourly" | "month" | "monthly" | "tick" | "trade" | "week" | "weekly";
                limit?: number;
                require?: "live";
                start?: string;
                strategy?: string;
                symbol?: string;
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "performance.monthly": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                date?: string;
                explain?: boolean;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonthlyBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "performance.weekly": {
        parameters: {
            query?: {
                account_id?: string;
                basis?: "execution" | "position";
                calendar?: "civil" | "session";
                date?: string;
                explain?: boolean;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WeeklyBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "positions.list_some": {
        parameters: {
            query?: {
                account_id?: string;
                cursor?: string;
                end?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                limit?: number;
                require?: "live";
                side?: "LONG" | "SHORT";
                start?: string;
                status?: "all" | "closed" | "open";
                strategy?: string;
                symbol?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionsBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "positions.one": {
        parameters: {
            query?: {
                account_id?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                position_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholePositionBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "risk.current": {
        parameters: {
            query?: {
                account_id?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                require?: "live";
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RiskBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "risk.gate": {
        parameters: {
            query?: {
                account_id?: string;
                require?: "live";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GateBody"];
                };
            };
        };
    };
    "risk.presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetBody"][];
                };
            };
        };
    };
    "risk.reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetBody"];
                };
            };
        };
    };
    "session.who": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerBody"];
                };
            };
        };
    };
    "session.begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerBody"];
                };
            };
        };
    };
    "session.leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    "statistics.of_window": {
        parameters: {
            query?: {
                account_id?: string;
                calendar?: "civil" | "session";
                end?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                group_by?: ("contract" | "side" | "strategy" | "symbol") | ("day" | "holding_time" | "hour" | "month" | "week" | "weekday");
                require?: "live";
                side?: "LONG" | "SHORT";
                start?: string;
                strategy?: string;
                symbol?: string;
                tz?: string;
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupedBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "statistics.definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DefinitionBody"][];
                };
            };
        };
    };
    "trades.list_some": {
        parameters: {
            query?: {
                account_id?: string;
                cursor?: string;
                end?: string;
                format?: "csv" | "json" | "ndjson" | "text";
                limit?: number;
                require?: "live";
                start?: string;
                strategy?: string;
                symbol?: string;
                type?: "all" | "cancelled" | "filled" | "pending" | "rejected";
                wait?: number;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradesBody"];
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "trades.export": {
        parameters: {
            query?: {
                account_id?: string;
                end?: string;
                format?: "csv" | "ndjson";
                require?: "live";
                start?: string;
                strategy?: string;
                symbol?: string;
                type?: "all" | "cancelled" | "filled" | "pending" | "rejected";
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv; charset=utf-8": string;
                };
            };
        };
    };
    "udf.config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigBody"];
                };
            };
        };
    };
    "udf.history": {
        parameters: {
            query?: {
                countback?: number;
                currencyCode?: string;
                from?: string;
                resolution?: "1" | "15" | "1D" | "1S" | "5" | "5S" | "60";
                symbol?: string;
                to?: string;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColumnsBody"] | components["schemas"]["NoDataBody"];
                };
            };
        };
    };
    "udf.marks": {
        parameters: {
            query?: {
                account_id?: string;
                from?: string;
                resolution?: "1" | "15" | "1D" | "1S" | "5" | "5S" | "60";
                symbol?: string;
                to?: string;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarksBody"];
                };
            };
        };
    };
    "udf.search": {
        parameters: {
            query?: {
                exchange?: string;
                limit?: number;
                query?: string;
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchedBody"][];
                };
            };
        };
    };
    "udf.symbols": {
        parameters: {
            query?: {
                symbol?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SymbolBody"];
                };
            };
        };
    };
    "udf.time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; charset=utf-8": string;
                };
            };
        };
    };
    "udf.timescale_marks": {
        parameters: {
            query?: {
                account_id?: string;
                from?: string;
                resolution?: "1" | "15" | "1D" | "1S" | "5" | "5S" | "60";
                symbol?: string;
                to?: string;
            };
            header?: {
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimescaleMarksBody"];
                };
            };
        };
    };
    "stream.ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketBody"];
                };
            };
        };
    };
}
