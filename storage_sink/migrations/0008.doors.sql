-- The last word of every gateway: when, and how old what still lies in its spool is (role gregor_sink).

create table if not exists doors (
    process text primary key, stage text not null, said_at bigint not null,
    spool_oldest_at bigint not null  -- 0: its spool is empty
);
