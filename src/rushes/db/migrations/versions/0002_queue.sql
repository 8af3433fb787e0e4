-- ── Jobs: where one stands in its lane, and what holds it back ───────────────────────────────
ALTER TABLE jobs
    -- Its priority, less what long waiting has earned: the first key of the order in a lane.
    ADD COLUMN place smallint NOT NULL DEFAULT 5 CHECK (place BETWEEN 1 AND 10),
    ADD COLUMN aged_at timestamptz,
    -- Queued, but not to run before run_at: kept out of the index that claims read.
    ADD COLUMN parked boolean NOT NULL DEFAULT false,
    ADD COLUMN awaits_parent boolean NOT NULL DEFAULT false,
    ADD COLUMN cancel_requested_reason text
        CHECK (cancel_requested_reason IN ('user', 'deadline', 'parent_failed', 'admin')),
    -- How long the output is expected to be at the most: what is priced, and what estimates are scaled by.
    ADD COLUMN output_seconds double precision NOT NULL DEFAULT 1 CHECK (output_seconds >= 0),
    -- How far it moved its owner's next job back, in units of virtual time.
    ADD COLUMN fair_cost bigint NOT NULL DEFAULT 0 CHECK (fair_cost >= 0),
    -- Attempts made before its owner asked for it again.
    ADD COLUMN attempts_before smallint NOT NULL DEFAULT 0 CHECK (attempts_before >= 0),
    ADD CONSTRAINT jobs_parked CHECK (NOT parked OR status = 'queued'),
    ADD CONSTRAINT jobs_awaits_parent CHECK (NOT awaits_parent OR status IN ('pending', 'cancelled')),
    ADD CONSTRAINT jobs_cancel_requested CHECK ((cancel_requested_at IS NULL) = (cancel_requested_reason IS NULL)),
    DROP CONSTRAINT jobs_max_attempts_check,
    ADD CONSTRAINT jobs_max_attempts_check CHECK (max_attempts BETWEEN 1 AND 10000);

UPDATE jobs SET place = priority WHERE status IN ('pending', 'validating', 'queued', 'failed');

DROP INDEX jobs_claim;
CREATE INDEX jobs_claim ON jobs (lane, model, place, fair_rank, id) WHERE status = 'queued' AND NOT parked;
CREATE INDEX jobs_parked ON jobs (lane, run_at) WHERE status = 'queued' AND parked;
CREATE INDEX jobs_running ON jobs (lane, model) WHERE status = 'processing';
DROP INDEX jobs_admission;
CREATE INDEX jobs_admission ON jobs (user_id, priority, id) WHERE status = 'pending' AND NOT awaits_parent;

CREATE OR REPLACE FUNCTION jobs_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'a job begins as pending, not %', NEW.status USING ERRCODE = 'RU001';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT (CASE OLD.status
        WHEN 'pending'    THEN NEW.status IN ('validating', 'cancelled')
        WHEN 'validating' THEN NEW.status IN ('queued', 'failed', 'cancelled')
        WHEN 'queued'     THEN NEW.status IN ('processing', 'failed', 'cancelled')
        WHEN 'processing' THEN NEW.status IN ('queued', 'completed', 'failed', 'cancelled')
        WHEN 'failed'     THEN NEW.status IN ('pending')
        ELSE false
    END) THEN
        RAISE EXCEPTION 'a job that is % cannot become %', OLD.status, NEW.status USING ERRCODE = 'RU001';
    END IF;
    NEW.updated_at := now();
    NEW.parked := NEW.status = 'queued' AND NEW.run_at > now();
    RETURN NEW;
END
$$;

-- ── Fair share: start-time fair queuing (Goyal, Vin, Cheng 1996) ─────────────────────────────
-- The greatest start tag of a job claimed from a place of a lane: each place is a server of its own, for better places
-- must not make its time pass. Apart from lanes: every claim writes a clock, and jobs refer to lanes.
CREATE TABLE lane_clocks (
    lane         text NOT NULL,
    place        smallint NOT NULL CHECK (place BETWEEN 1 AND 10),
    virtual_time bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (lane, place)
) WITH (fillfactor = 20);
INSERT INTO lane_clocks (lane, place) SELECT name, place FROM lanes, generate_series(1, 10) AS place;

CREATE FUNCTION lanes_start_clocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lane_clocks (lane, place) SELECT NEW.name, place FROM generate_series(1, 10) AS place;
    RETURN NULL;
END
$$;
CREATE TRIGGER lanes_start_clocks AFTER INSERT ON lanes FOR EACH ROW EXECUTE FUNCTION lanes_start_clocks();

-- A model that moves to another lane takes its jobs with it; those that wait are next there.
CREATE FUNCTION models_move_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs j SET lane = NEW.lane, fair_rank = clock.virtual_time
    FROM lane_clocks clock
    WHERE j.model = NEW.slug AND j.lane = OLD.lane AND clock.lane = NEW.lane AND clock.place = j.place
      AND j.status IN ('pending', 'validating', 'queued', 'processing', 'failed');
    PERFORM pg_notify('rushes_lanes', NEW.lane);
    RETURN NULL;
END
$$;
CREATE TRIGGER models_move_jobs AFTER UPDATE OF lane ON models
    FOR EACH ROW WHEN (NEW.lane <> OLD.lane) EXECUTE FUNCTION models_move_jobs();

-- The finish tag of an account's last job in a place of a lane.
CREATE TABLE shares (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    lane       text NOT NULL,
    place      smallint NOT NULL CHECK (place BETWEEN 1 AND 10),
    finish_tag bigint NOT NULL,
    PRIMARY KEY (user_id, lane, place)
) WITH (fillfactor = 50);

-- In a long lane, who stands at every so-manieth place; counting each time would cost too much.
CREATE UNLOGGED TABLE queue_marks (
    lane      text NOT NULL,
    number    integer NOT NULL,
    place     smallint NOT NULL,
    fair_rank bigint NOT NULL,
    job_id    uuid NOT NULL,
    PRIMARY KEY (lane, place, fair_rank, job_id)
);

-- ── The claim ────────────────────────────────────────────────────────────────────────────────
-- A function, for each of its statements sees what was committed before it: a cap is counted after its lane's
-- clock is locked, in one round trip.
CREATE FUNCTION claim_jobs(
    served_lanes text[], served_engines text[], wanted integer, claiming_worker uuid, lease_time interval
)
-- Planned once, and along the indexes: for a long queue the planner would plan each claim anew, which costs more than
-- the claim itself; and what it plans on an empty table it keeps while the table fills.
RETURNS SETOF jobs LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    due_jobs uuid[];
    picked_jobs uuid[];
    seen integer;
    depth integer := wanted + 32;
BEGIN
    SELECT array_agg(id) INTO due_jobs FROM (
        SELECT id FROM jobs
        WHERE lane = ANY (served_lanes) AND status = 'queued' AND parked AND run_at <= now()
        LIMIT 1000
        FOR NO KEY UPDATE SKIP LOCKED) due;
    IF due_jobs IS NOT NULL THEN
        UPDATE jobs SET parked = false WHERE id = ANY (due_jobs);
    END IF;

    PERFORM FROM lane_clocks c JOIN lanes l ON l.name = c.lane
    WHERE c.lane = ANY (served_lanes) AND c.place = 1
      AND (l.cap IS NOT NULL OR EXISTS (SELECT FROM models m WHERE m.lane = l.name AND m.cap IS NOT NULL))
    ORDER BY c.lane
    FOR NO KEY UPDATE OF c;

    -- First who is next, without a lock; then the locks, in that order, passing over what others have locked: to lock
    -- more than is taken would hide it from claims at the same time. If they have locked too many, look deeper.
    LOOP
        WITH open_models AS (
            SELECT l.name AS lane, m.slug AS model,
                CASE WHEN l.cap IS NOT NULL THEN l.cap - (
                    SELECT count(*) FROM jobs WHERE lane = l.name AND status = 'processing') END AS lane_room,
                CASE WHEN m.cap IS NOT NULL THEN m.cap - (
                    SELECT count(*) FROM jobs WHERE lane = l.name AND model = m.slug AND status = 'processing') END
                    AS model_room
            FROM lanes l JOIN models m ON m.lane = l.name
            WHERE l.name = ANY (served_lanes) AND l.paused_at IS NULL AND m.engine = ANY (served_engines)
        ), heads AS MATERIALIZED (
            SELECT head.id, head.place, head.fair_rank - clock.virtual_time AS lead, o.lane_room,
                row_number() OVER (PARTITION BY o.lane ORDER BY head.place, head.fair_rank, head.id) AS lane_number
            FROM open_models o
            CROSS JOIN LATERAL (
                SELECT id, place, fair_rank FROM jobs
                WHERE lane = o.lane AND model = o.model AND status = 'queued' AND NOT parked
                ORDER BY place, fair_rank, id
                LIMIT greatest(0, least(depth, o.lane_room, o.model_room))
            ) head
            JOIN lane_clocks clock ON clock.lane = o.lane AND clock.place = head.place
        ), picked AS (
            -- Between lanes, ranks are compared as seen from each lane's own clocks.
            SELECT j.id FROM heads JOIN jobs j ON j.id = heads.id
            WHERE (heads.lane_room IS NULL OR heads.lane_number <= heads.lane_room)
              AND j.status = 'queued' AND NOT j.parked
            ORDER BY heads.place, heads.lead, heads.id
            LIMIT wanted
            FOR NO KEY UPDATE OF j SKIP LOCKED
        )
        SELECT (SELECT array_agg(id) FROM picked), (SELECT count(*) FROM heads) INTO picked_jobs, seen;
        EXIT WHEN coalesce(cardinality(picked_jobs), 0) >= wanted OR seen < depth OR depth > 10000;
        depth := depth * 8;
    END LOOP;
    IF picked_jobs IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH claimed AS (
        UPDATE jobs j
        SET status = 'processing', lease = gen_random_uuid(), lease_until = clock_timestamp() + lease_time,
            worker_id = claiming_worker, attempts = j.attempts + 1, started_at = now()
        WHERE j.id = ANY (picked_jobs)
        RETURNING j.*
    ), recorded AS (
        INSERT INTO attempts (job_id, number, lease, worker_id)
        SELECT claimed.id, claimed.attempts, claimed.lease, claimed.worker_id FROM claimed
    ), clocked AS (
        -- A clock that another claim is moving is left to it: claims do not wait for each other.
        UPDATE lane_clocks c SET virtual_time = latest.fair_rank
        FROM (SELECT claimed.lane, claimed.place, max(claimed.fair_rank) AS fair_rank
              FROM claimed GROUP BY claimed.lane, claimed.place) latest
        CROSS JOIN LATERAL (
            SELECT free.lane, free.place FROM lane_clocks free
            WHERE free.lane = latest.lane AND free.place = latest.place AND free.virtual_time < latest.fair_rank
            FOR NO KEY UPDATE SKIP LOCKED
        ) free
        WHERE c.lane = free.lane AND c.place = free.place
    )
    SELECT * FROM claimed;
END
$$;

-- ── Estimates, housekeeping, idempotency ─────────────────────────────────────────────────────
-- How long jobs took lately, in processing seconds per second of output.
CREATE TABLE speeds (
    model      text NOT NULL REFERENCES models ON DELETE CASCADE,
    job_type   text NOT NULL,
    quality    text NOT NULL,
    resolution text NOT NULL,
    samples    integer NOT NULL CHECK (samples > 0),
    median     double precision NOT NULL CHECK (median >= 0),
    p90        double precision NOT NULL CHECK (p90 >= median),
    -- How long such a job takes as a whole, on average: a wait is a sum of these.
    job_seconds double precision NOT NULL DEFAULT 0 CHECK (job_seconds >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model, job_type, quality, resolution)
);

-- When a chore of the whole fleet was last done; one worker does it at a time.
CREATE TABLE chores (
    name    text PRIMARY KEY,
    done_at timestamptz NOT NULL
);

CREATE TABLE idempotency (
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    job_ids     uuid[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- ── What the pruner looks for ────────────────────────────────────────────────────────────────
ALTER TABLE assets ADD COLUMN purged_at timestamptz, ADD CHECK (purged_at IS NULL OR status = 'deleted');
CREATE INDEX assets_to_purge ON assets (deleted_at) WHERE status = 'deleted' AND purged_at IS NULL;
CREATE INDEX assets_uploading ON assets (created_at) WHERE status = 'uploading';
-- Events are pruned in the order of their ids.
DROP INDEX job_events_created;
-- To forget a worker must not mean to look through all jobs; who ran a job stays on record.
ALTER TABLE jobs DROP CONSTRAINT jobs_worker_id_fkey;
ALTER TABLE attempts DROP CONSTRAINT attempts_worker_id_fkey;
-- A lost attempt may have left files that nobody points to.
ALTER TABLE attempts ADD COLUMN swept_at timestamptz;
CREATE INDEX attempts_to_sweep ON attempts (finished_at) WHERE outcome = 'lost' AND swept_at IS NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

-- ── Webhooks: written in the transaction of the change, sent later ───────────────────────────
CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    url             text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2000),
    description     text CHECK (length(description) <= 200),
    secret          text NOT NULL CHECK (secret ~ '^whsec_'),
    events          text[] NOT NULL CHECK (cardinality(events) > 0
        AND events <@ ARRAY['job.completed', 'job.failed', 'job.cancelled', 'job.progress']),
    created_at      timestamptz NOT NULL DEFAULT now(),
    disabled_at     timestamptz,
    disabled_reason text,
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhook_endpoints_user ON webhook_endpoints (user_id, created_at DESC);

CREATE TABLE webhook_deliveries (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    endpoint_id   uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id        uuid REFERENCES jobs ON DELETE CASCADE,
    type          text NOT NULL,
    payload       jsonb NOT NULL,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at   timestamptz NOT NULL DEFAULT now(),
    give_up_at    timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    response_code smallint,
    error         text CHECK (length(error) <= 1000),
    created_at    timestamptz NOT NULL DEFAULT now(),
    delivered_at  timestamptz,
    CHECK ((status = 'delivered') = (delivered_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_job ON webhook_deliveries (job_id);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (created_at) WHERE status <> 'pending';
-- Progress that was not sent yet is replaced by newer progress.
CREATE UNIQUE INDEX webhook_deliveries_progress ON webhook_deliveries (endpoint_id, job_id)
    WHERE type = 'job.progress' AND status = 'pending';

CREATE TABLE webhook_tries (
    delivery_id   uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    number        integer NOT NULL CHECK (number > 0),
    tried_at      timestamptz NOT NULL DEFAULT now(),
    response_code smallint,
    error         text CHECK (length(error) <= 1000),
    seconds       double precision NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (delivery_id, number)
);

-- ── Events and webhooks of a change, for all rows of a statement at once ─────────────────────
DROP TRIGGER jobs_record_event ON jobs;
DROP FUNCTION jobs_record_event();

CREATE FUNCTION jobs_record_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT id, user_id, 'job.' || status, jsonb_build_object('status', status) FROM new_jobs ORDER BY id;
    PERFORM pg_notify('rushes_jobs', id || ' ' || user_id) FROM new_jobs;
    RETURN NULL;
END
$$;

CREATE FUNCTION jobs_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT n.id, n.user_id, 'job.' || n.status, jsonb_strip_nulls(jsonb_build_object(
        'status', n.status,
        'attempt', nullif(n.attempts, 0),
        'error_code', n.error_code,
        'error_message', n.error_message,
        'cancelled_reason', n.cancelled_reason))
    FROM new_jobs n JOIN old_jobs o ON o.id = n.id
    WHERE n.status <> o.status
    ORDER BY n.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('rushes_jobs', n.id || ' ' || n.user_id)
    FROM new_jobs n JOIN old_jobs o ON o.id = n.id WHERE n.status <> o.status;
    PERFORM pg_notify('rushes_lanes', woken.lane)
    FROM (SELECT DISTINCT n.lane FROM new_jobs n JOIN old_jobs o ON o.id = n.id
          WHERE n.status = 'queued' AND o.status <> 'queued' AND NOT n.parked) woken;
    INSERT INTO webhook_deliveries (endpoint_id, user_id, job_id, type, payload)
    SELECT e.id, n.user_id, n.id, 'job.' || n.status, jsonb_build_object(
        'id', n.id, 'status', n.status, 'job_type', n.job_type, 'model', n.model, 'metadata', n.metadata,
        'attempts', n.attempts, 'error_code', n.error_code, 'error_message', n.error_message,
        'cancelled_reason', n.cancelled_reason, 'credits_charged', n.credits_charged, 'short_id', n.short_id,
        'created_at', n.created_at, 'completed_at', n.completed_at)
    FROM new_jobs n
    JOIN old_jobs o ON o.id = n.id
    JOIN webhook_endpoints e ON e.user_id = n.user_id
    WHERE n.status IN ('completed', 'failed', 'cancelled') AND n.status <> o.status
      AND e.disabled_at IS NULL AND 'job.' || n.status = ANY (e.events)
    -- One that is being deleted is waited for, and gone then.
    FOR KEY SHARE OF e;
    IF FOUND THEN
        PERFORM pg_notify('rushes_webhooks', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_record_inserts AFTER INSERT ON jobs
    REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION jobs_record_inserts();
CREATE TRIGGER jobs_record_changes AFTER UPDATE ON jobs
    REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION jobs_record_changes();

-- ── What waits, seen from outside ────────────────────────────────────────────────────────────
-- How many jobs the next claims take before each of some queued ones. It counts the jobs of all accounts; so it
-- answers the web for the viewer's own jobs alone. Exact for the first 300 of a lane. Beyond these it counts on from
-- a mark, less what has left the lane since the marks were written: the mark among the first 300 tells how many.
CREATE FUNCTION queue_positions(wanted uuid[])
RETURNS TABLE (job_id uuid, jobs_before integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH asked AS MATERIALIZED (
        SELECT id, lane, place, fair_rank FROM jobs
        WHERE id = ANY (wanted) AND status = 'queued' AND (NOT parked OR run_at <= now())
          AND (user_id = viewer_id() OR current_setting('role') = 'rushes_worker')
    ), asked_lanes AS MATERIALIZED (
        SELECT DISTINCT lane FROM asked
    ), due AS MATERIALIZED (
        -- Parked still, but a claim begins by letting them go.
        SELECT lane, place, fair_rank, id FROM jobs
        WHERE lane IN (SELECT lane FROM asked_lanes) AND status = 'queued' AND parked AND run_at <= now()
        LIMIT 1000
    ), front AS MATERIALIZED (
        SELECT l.lane, first.*
        FROM asked_lanes l
        CROSS JOIN LATERAL (
            SELECT of_model.*, row_number() OVER (ORDER BY place, fair_rank, id) AS number
            FROM models m
            CROSS JOIN LATERAL (
                SELECT place, fair_rank, id FROM jobs
                WHERE lane = l.lane AND model = m.slug AND status = 'queued' AND NOT parked
                ORDER BY place, fair_rank, id
                LIMIT 300) of_model
            WHERE m.lane = l.lane
            ORDER BY number
            LIMIT 300
        ) first
    ), anchors AS MATERIALIZED (
        SELECT last.lane, mark.number - (
                SELECT count(*) FROM front f
                WHERE f.lane = last.lane AND (f.place, f.fair_rank, f.id) < (mark.place, mark.fair_rank, mark.job_id)
            ) AS left_since
        FROM front last
        CROSS JOIN LATERAL (
            SELECT * FROM queue_marks q
            WHERE q.lane = last.lane AND (q.place, q.fair_rank, q.job_id) <= (last.place, last.fair_rank, last.id)
            ORDER BY q.place DESC, q.fair_rank DESC, q.job_id DESC
            LIMIT 1
        ) mark
        WHERE last.number = 300
    )
    SELECT a.id, (CASE WHEN near.jobs < 300 THEN near.jobs
                       ELSE greatest(near.jobs, coalesce(mark.number - coalesce(anchor.left_since, 0), 0) + far.jobs) END
                  + (SELECT count(*) FROM due d
                     WHERE d.lane = a.lane AND (d.place, d.fair_rank, d.id) < (a.place, a.fair_rank, a.id)))::integer
    FROM asked a
    LEFT JOIN anchors anchor ON anchor.lane = a.lane
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM front f
        WHERE f.lane = a.lane AND (f.place, f.fair_rank, f.id) < (a.place, a.fair_rank, a.id)
    ) near
    LEFT JOIN LATERAL (
        SELECT * FROM queue_marks q
        WHERE q.lane = a.lane AND (q.place, q.fair_rank, q.job_id) <= (a.place, a.fair_rank, a.id)
        ORDER BY q.place DESC, q.fair_rank DESC, q.job_id DESC
        LIMIT 1
    ) mark ON near.jobs = 300
    CROSS JOIN LATERAL (
        SELECT sum(of_model.jobs) AS jobs
        FROM models m
        CROSS JOIN LATERAL (
            SELECT count(*) AS jobs FROM (
                SELECT FROM jobs
                WHERE lane = a.lane AND model = m.slug AND status = 'queued' AND NOT parked
                  AND (place, fair_rank, id) < (a.place, a.fair_rank, a.id)
                  AND (place, fair_rank, id) >= (coalesce(mark.place, 0), coalesce(mark.fair_rank, 0),
                                                 coalesce(mark.job_id, '00000000-0000-0000-0000-000000000000'))
                LIMIT 1000) counted) of_model
        WHERE m.lane = a.lane AND near.jobs = 300
    ) far
$$;

-- ── Walls and grants ─────────────────────────────────────────────────────────────────────────
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['shares', 'idempotency', 'webhook_endpoints'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY viewer ON %I TO rushes_web USING (user_id = (SELECT viewer_id()))', tenant_table);
        EXECUTE format('CREATE POLICY worker ON %I TO rushes_worker USING (true)', tenant_table);
    END LOOP;
END
$$;
-- A delivery joins two owned rows, and both must be the viewer's.
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON webhook_deliveries TO rushes_web
    USING (user_id = (SELECT viewer_id()))
    WITH CHECK (user_id = (SELECT viewer_id()) AND EXISTS (SELECT FROM webhook_endpoints e WHERE e.id = endpoint_id));
CREATE POLICY worker ON webhook_deliveries TO rushes_worker USING (true);
ALTER TABLE webhook_tries ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON webhook_tries TO rushes_web
    USING (EXISTS (SELECT FROM webhook_deliveries d WHERE d.id = delivery_id));
CREATE POLICY worker ON webhook_tries TO rushes_worker USING (true);

GRANT SELECT ON lane_clocks, shares, speeds, webhook_deliveries, webhook_tries TO rushes_web, rushes_worker;
GRANT SELECT ON webhook_endpoints TO rushes_worker;
-- Not the secret, which is shown once.
GRANT SELECT (id, user_id, url, description, events, created_at, disabled_at, disabled_reason)
    ON webhook_endpoints TO rushes_web;
-- What a job is, whose and whose child, is written once.
REVOKE UPDATE ON jobs FROM rushes_web;
GRANT UPDATE (status, progress, progress_text, fair_rank, fair_cost, place, aged_at, awaits_parent, run_at, queued_at,
              started_at, completed_at, updated_at, auto_cancel_at, cancel_requested_at, cancel_requested_reason,
              cancelled_reason, output_seconds, estimated_seconds, processing_seconds, attempts_before, max_attempts,
              lease, lease_until, worker_id, error_code, error_message, price, hold_id, credits_charged, short_id,
              video_id, image_id, deleted_at)
    ON jobs TO rushes_web;
GRANT SELECT, INSERT ON idempotency TO rushes_web;
GRANT SELECT (created_at), DELETE ON idempotency TO rushes_worker;
GRANT INSERT, UPDATE ON shares TO rushes_web, rushes_worker;
GRANT UPDATE ON lane_clocks TO rushes_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON queue_marks, speeds TO rushes_worker;
GRANT SELECT, INSERT, UPDATE ON chores TO rushes_worker;
GRANT INSERT, UPDATE, DELETE ON webhook_endpoints TO rushes_web;
GRANT INSERT, UPDATE ON webhook_deliveries TO rushes_web;
GRANT UPDATE ON webhook_endpoints TO rushes_worker;
GRANT INSERT, UPDATE, DELETE ON webhook_deliveries, webhook_tries TO rushes_worker;

REVOKE ALL ON FUNCTION queue_positions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_positions TO rushes_web, rushes_worker;

-- The pruner. Who passes over locked rows must be allowed to change a column, and these give nothing away.
GRANT SELECT (user_id, key), UPDATE (created_at) ON idempotency TO rushes_worker;
GRANT UPDATE (user_agent) ON sessions TO rushes_worker;
GRANT UPDATE (created_at) ON job_events TO rushes_worker;
GRANT DELETE ON workers TO rushes_worker;
