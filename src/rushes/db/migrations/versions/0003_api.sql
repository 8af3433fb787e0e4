-- What the whole API needs beyond the queue.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

-- ── The queue: a job that waits for nothing is queued at once ────────────────────────────────
CREATE OR REPLACE FUNCTION jobs_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('pending', 'queued') THEN
            RAISE EXCEPTION 'a job begins as pending or queued, not %', NEW.status USING ERRCODE = 'RU001';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT (CASE OLD.status
        WHEN 'pending'    THEN NEW.status IN ('validating', 'queued', 'cancelled')
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

CREATE OR REPLACE FUNCTION jobs_record_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT id, user_id, 'job.' || status, jsonb_build_object('status', status) FROM new_jobs ORDER BY id;
    PERFORM pg_notify('rushes_jobs', id || ' ' || user_id) FROM new_jobs;
    PERFORM pg_notify('rushes_lanes', woken.lane)
    FROM (SELECT DISTINCT lane FROM new_jobs WHERE status = 'queued') woken;
    RETURN NULL;
END
$$;

-- Give jobs their start tags, each after its owner's last in the place of its lane, and advance the owners' finish
-- tags; the owners' rows must be locked. `wanted` is an array of {job_id, user_id, lane, place, cost}.
CREATE FUNCTION take_tags(wanted jsonb) RETURNS TABLE (job_id uuid, start_tag bigint, cost bigint)
STRICT LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH spaced AS (
        SELECT w.*, greatest(clock.virtual_time, share.finish_tag)
            + (sum(w.cost) OVER (PARTITION BY w.user_id, w.lane, w.place ORDER BY w.job_id))::bigint AS finish_tag
        FROM jsonb_to_recordset(wanted) AS w (job_id uuid, user_id uuid, lane text, place smallint, cost bigint)
        JOIN lane_clocks clock ON clock.lane = w.lane AND clock.place = w.place
        LEFT JOIN shares share ON share.user_id = w.user_id AND share.lane = w.lane AND share.place = w.place
    ), taken AS (
        INSERT INTO shares AS s (user_id, lane, place, finish_tag)
        SELECT spaced.user_id, spaced.lane, spaced.place, max(spaced.finish_tag)
        FROM spaced GROUP BY spaced.user_id, spaced.lane, spaced.place
        ON CONFLICT (user_id, lane, place) DO UPDATE SET finish_tag = excluded.finish_tag
    )
    SELECT spaced.job_id, spaced.finish_tag - spaced.cost, spaced.cost FROM spaced;
END
$$;

-- ── Submissions: options of every job type, idempotency, images ──────────────────────────────
-- What a request was answered with, so that its repeat is answered with the same.
ALTER TABLE idempotency ADD COLUMN answer text;

-- Only pictures and films have a size.
ALTER TABLE assets DROP CONSTRAINT assets_ready_measured;
ALTER TABLE assets ADD CONSTRAINT assets_ready_measured CHECK (
    status <> 'ready' OR role IN ('template', 'data', 'audio', 'subtitles')
    OR (width IS NOT NULL AND height IS NOT NULL));

-- A film comes with a sheet of its frames.
ALTER TABLE assets DROP CONSTRAINT assets_role_check;
ALTER TABLE assets ADD CONSTRAINT assets_role_check CHECK (
    role IN ('reference', 'motion', 'template', 'data', 'audio', 'subtitles', 'output', 'poster', 'preview',
             'spritesheet'));

-- How many jobs of a lane would be claimed before one that entered at a place now. It counts the jobs of all accounts,
-- and answers with their number alone. Beyond a mark it counts on from that, and no further than a thousand of a model.
CREATE FUNCTION count_ahead(asked_lane text, asked_place smallint, asked_rank bigint)
RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH mark AS MATERIALIZED (
        SELECT number, place, fair_rank, job_id FROM queue_marks
        WHERE lane = asked_lane AND (place, fair_rank) <= (asked_place, asked_rank)
        ORDER BY place DESC, fair_rank DESC, job_id DESC
        LIMIT 1
    )
    SELECT (coalesce((SELECT number FROM mark), 0) + coalesce(sum(of_model.jobs), 0))::integer
    FROM models m
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM (
            SELECT FROM jobs
            WHERE lane = asked_lane AND model = m.slug AND status = 'queued' AND NOT parked
              AND (place, fair_rank) <= (asked_place, asked_rank)
              AND (place, fair_rank, id) >= (coalesce((SELECT place FROM mark), 0::smallint),
                                             coalesce((SELECT fair_rank FROM mark), 0),
                                             coalesce((SELECT job_id FROM mark),
                                                      '00000000-0000-0000-0000-000000000000'))
            LIMIT 1000) counted) of_model
    WHERE m.lane = asked_lane
$$;
REVOKE ALL ON FUNCTION count_ahead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_ahead TO rushes_web, rushes_worker;

-- ── Library: shares, ratings, projects, templates ────────────────────────────────────────────
-- What an owner thinks of what a job made is kept with the job, and nowhere else: the library reads it there.
ALTER TABLE jobs
    ADD COLUMN starred boolean NOT NULL DEFAULT false,
    ADD COLUMN rating smallint CHECK (rating BETWEEN 1 AND 5);
ALTER TABLE videos DROP COLUMN starred, DROP COLUMN rating;
ALTER TABLE images DROP COLUMN starred, DROP COLUMN rating;
GRANT UPDATE (starred, rating, project_id, destination) ON jobs TO rushes_web;

-- A foreign key does not look at whose row it names.
ALTER POLICY viewer ON jobs WITH CHECK (
    user_id = (SELECT viewer_id())
    AND (project_id IS NULL OR EXISTS (SELECT FROM projects p WHERE p.id = project_id))
    AND (workspace_session_id IS NULL OR EXISTS (SELECT FROM workspace_sessions s WHERE s.id = workspace_session_id)));

-- A link to what a job made, for whoever has it, until its owner takes it back.
CREATE TABLE job_shares (
    job_id     uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE INDEX job_shares_user ON job_shares (user_id);

CREATE TABLE prompt_templates (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    body       text NOT NULL CHECK (length(body) BETWEEN 1 AND 1000),
    strategy   text NOT NULL CHECK (strategy IN ('template', 'weights', 'expand', 'clean')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX prompt_templates_name ON prompt_templates (user_id, name);
CREATE INDEX prompt_templates_user ON prompt_templates (user_id, created_at DESC, id DESC);

-- Whoever follows a link is nobody's viewer: he learns of the files that it leads to, and of nothing else.
CREATE FUNCTION find_share(wanted_short_id text)
RETURNS TABLE (is_revoked boolean, role text, bucket text, key text, media_type text, bytes bigint, width integer,
               height integer, duration_seconds double precision, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.revoked_at IS NOT NULL OR j.deleted_at IS NOT NULL OR u.disabled_at IS NOT NULL
               OR j.moderation_status IN ('rejected', 'flagged') OR a.id IS NULL,
        a.role, a.bucket, a.key, a.media_type, a.bytes, a.width, a.height, a.duration_seconds, a.created_at
    FROM jobs j JOIN job_shares s ON s.job_id = j.id JOIN users u ON u.id = j.user_id
    LEFT JOIN assets a ON a.job_id = j.id AND a.role IN ('output', 'poster') AND a.status = 'ready'
    WHERE j.short_id = wanted_short_id
$$;
REVOKE ALL ON FUNCTION find_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_share TO rushes_web;

ALTER TABLE job_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON job_shares TO rushes_web
    USING (user_id = (SELECT viewer_id()))
    WITH CHECK (user_id = (SELECT viewer_id()) AND EXISTS (SELECT FROM jobs j WHERE j.id = job_id));
CREATE POLICY worker ON job_shares TO rushes_worker USING (true);
ALTER TABLE prompt_templates ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON prompt_templates TO rushes_web USING (user_id = (SELECT viewer_id()));
CREATE POLICY worker ON prompt_templates TO rushes_worker USING (true);
GRANT SELECT ON job_shares, prompt_templates TO rushes_web, rushes_worker;
GRANT INSERT, UPDATE (created_at, revoked_at) ON job_shares TO rushes_web;
GRANT INSERT, UPDATE, DELETE ON prompt_templates TO rushes_web;

-- ── Accounts ─────────────────────────────────────────────────────────────────────────────────
-- ── Webhooks and callbacks ───────────────────────────────────────────────────────────────────
ALTER TABLE webhook_endpoints
    -- How its deliveries are written: in our own words, or in those of OpenAI's events.
    ADD COLUMN format text NOT NULL DEFAULT 'native' CHECK (format IN ('native', 'openai')),
    ADD CONSTRAINT webhook_endpoints_format CHECK (format = 'native' OR NOT 'job.progress' = ANY (events));
-- Tries made before its owner asked for it again.
ALTER TABLE webhook_deliveries ADD COLUMN tries_before integer NOT NULL DEFAULT 0 CHECK (tries_before >= 0);
GRANT SELECT (format) ON webhook_endpoints TO rushes_web;

-- Who asked for a test waits for its end.
CREATE FUNCTION webhook_deliveries_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rushes_deliveries', NEW.id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_deliveries_notify AFTER UPDATE OF status ON webhook_deliveries
    FOR EACH ROW WHEN (NEW.type = 'webhook.test' AND NEW.status <> 'pending')
    EXECUTE FUNCTION webhook_deliveries_notify();

-- What a provider far away said of the attempt that it works for: its latest progress and its end, no more.
CREATE TABLE attempt_reports (
    lease       uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('progress', 'completed', 'failed')),
    job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number      smallint NOT NULL,
    body        jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (lease, kind)
);
CREATE UNIQUE INDEX attempt_reports_end ON attempt_reports (lease) WHERE kind <> 'progress';
CREATE INDEX attempt_reports_job ON attempt_reports (job_id);
CREATE INDEX attempt_reports_received ON attempt_reports (received_at);
ALTER TABLE attempt_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON attempt_reports TO rushes_web USING (EXISTS (SELECT FROM jobs j WHERE j.id = job_id));
CREATE POLICY worker ON attempt_reports TO rushes_worker USING (true);
-- Not the body: it names files at the provider.
GRANT SELECT (lease, kind, job_id, number, received_at) ON attempt_reports TO rushes_web;
GRANT SELECT, DELETE, UPDATE (received_at) ON attempt_reports TO rushes_worker;

-- A provider is nobody's viewer: the token that it holds names the attempt, and this writes for that one alone.
-- Answers `taken`; `repeated` for an end that was reported before in the same words; `ended` for any other word
-- after the end; `late` if the attempt is over or has lost its lease. Only what is taken changes anything.
CREATE FUNCTION report_attempt(
    reported_job uuid, reported_number integer, reported_lease uuid, reported_kind text, reported_body jsonb
)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    is_held boolean;
    known attempt_reports;
BEGIN
    -- Under the lock that settling takes: what is written here, the end of the attempt comes after.
    PERFORM FROM jobs WHERE id = reported_job AND lease = reported_lease FOR NO KEY UPDATE;
    is_held := EXISTS (
        SELECT FROM jobs j JOIN attempts a ON a.job_id = j.id AND a.lease = j.lease
        WHERE j.id = reported_job AND j.lease = reported_lease AND j.status = 'processing'
          AND j.lease_until > clock_timestamp() AND a.number = reported_number AND a.finished_at IS NULL);
    SELECT * INTO known FROM attempt_reports
    WHERE lease = reported_lease AND job_id = reported_job AND number = reported_number AND kind <> 'progress';
    IF FOUND THEN
        RETURN CASE WHEN known.kind = reported_kind AND known.body = reported_body THEN 'repeated'
                    WHEN is_held THEN 'ended' ELSE 'late' END;
    END IF;
    IF NOT is_held THEN
        RETURN 'late';
    END IF;
    INSERT INTO attempt_reports AS r (lease, kind, job_id, number, body)
    VALUES (reported_lease, reported_kind, reported_job, reported_number, reported_body)
    ON CONFLICT (lease, kind) DO UPDATE SET body = excluded.body, received_at = excluded.received_at;
    PERFORM pg_notify('rushes_reports', reported_lease::text);
    RETURN 'taken';
END
$$;
REVOKE ALL ON FUNCTION report_attempt FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report_attempt TO rushes_web;
-- ── Administration: audit, reviews ───────────────────────────────────────────────────────────
-- A role for administration, taken by one transaction at a time, and only for a viewer who is an administrator.
DO $$
BEGIN
    BEGIN
        CREATE ROLE rushes_admin NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role(current_user, 'rushes_admin',
                       CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) THEN
        EXECUTE format('GRANT rushes_admin TO %I', current_user);
    END IF;
END
$$;

CREATE FUNCTION viewer_is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM users WHERE id = viewer_id() AND role = 'admin' AND disabled_at IS NULL)
$$;
REVOKE ALL ON FUNCTION viewer_is_admin FROM PUBLIC;
GRANT EXECUTE ON FUNCTION viewer_is_admin TO rushes_web, rushes_admin;

-- Not a definer's function: inside of those, the role cannot be changed.
CREATE FUNCTION enter_administration() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT viewer_is_admin() THEN
        RAISE EXCEPTION 'the viewer is no administrator' USING ERRCODE = 'RU003';
    END IF;
    PERFORM set_config('role', 'rushes_admin', true);
END
$$;
REVOKE ALL ON FUNCTION enter_administration FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_administration TO rushes_web;

-- Who did what to whom. It outlives the accounts, so it refers to none.
CREATE TABLE audit_log (
    id          uuid PRIMARY KEY,
    actor_id    uuid,
    actor       text NOT NULL CHECK (length(actor) BETWEEN 1 AND 254),
    action      text NOT NULL CHECK (action ~ '^[a-z]+\.[a-z]+(_[a-z]+)*$'),
    target_type text NOT NULL CHECK (target_type IN ('user', 'job', 'lane', 'model', 'worker')),
    target      text NOT NULL CHECK (length(target) BETWEEN 1 AND 254),
    before      jsonb,
    after       jsonb,
    request_id  text CHECK (length(request_id) <= 100),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_created ON audit_log (created_at DESC, id DESC);
CREATE INDEX audit_log_target ON audit_log (target_type, target, created_at DESC, id DESC);
CREATE INDEX audit_log_actor ON audit_log (actor, created_at DESC, id DESC);

CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'RU002';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_append_only();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();

-- Stays, whatever the worker says of itself: one that was taken for gone comes back to drain on.
ALTER TABLE workers ADD COLUMN drain_requested_at timestamptz;

-- What ended when, with all that is measured of it: so the heap is not read.
CREATE INDEX jobs_ended ON jobs (completed_at)
    INCLUDE (status, job_type, lane, queued_at, started_at, processing_seconds, attempts)
    WHERE completed_at IS NOT NULL;
-- Each completed job has one attempt that succeeded; this holds the others alone.
CREATE INDEX attempts_unsuccessful ON attempts (finished_at) INCLUDE (outcome)
    WHERE outcome IN ('retry', 'failed', 'cancelled', 'lost');
CREATE INDEX jobs_to_review ON jobs (moderation_status, created_at DESC, id DESC)
    WHERE status = 'completed' AND moderation_status IN ('pending', 'flagged');
CREATE INDEX jobs_user_deleted ON jobs (user_id, created_at DESC, id DESC) WHERE deleted_at IS NOT NULL;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['users', 'jobs', 'job_progress', 'job_inputs', 'job_events', 'attempts', 'assets',
                                        'videos', 'images', 'ledger', 'shares', 'webhook_endpoints',
                                        'webhook_deliveries'] LOOP
        EXECUTE format('CREATE POLICY admin ON %I TO rushes_admin USING ((SELECT viewer_is_admin()))', tenant_table);
    END LOOP;
END
$$;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY admin ON audit_log TO rushes_admin USING ((SELECT viewer_is_admin()));

GRANT SELECT (id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at, disabled_at)
    ON users TO rushes_admin;
GRANT UPDATE (role, plan, credits, slots, disabled_at, updated_at) ON users TO rushes_admin;
GRANT SELECT ON jobs, job_progress, job_inputs, job_events, attempts, assets, videos, images, ledger, lanes,
    lane_clocks, models, workers, shares, speeds, webhook_deliveries, audit_log TO rushes_admin;
GRANT INSERT ON audit_log, ledger, job_events, webhook_deliveries, lanes, lane_clocks, models TO rushes_admin;
GRANT UPDATE ON lanes, models TO rushes_admin;
GRANT INSERT, UPDATE ON shares TO rushes_admin;
GRANT UPDATE (state, drain_requested_at) ON workers TO rushes_admin;
GRANT UPDATE (status, lane, progress, progress_text, fair_rank, fair_cost, place, aged_at, awaits_parent, parked, run_at,
              queued_at, started_at, completed_at, updated_at, auto_cancel_at, cancel_requested_at,
              cancel_requested_reason, cancelled_reason, output_seconds, estimated_seconds, processing_seconds,
              attempts_before, max_attempts, lease, lease_until, worker_id, error_code, error_message, price, hold_id,
              credits_charged, short_id, video_id, image_id, moderation_status, reviewed_at, reviewed_by, review_notes)
    ON jobs TO rushes_admin;
-- A job's end is told to its owner's webhooks, which are locked for that; the secret stays unread.
GRANT SELECT (id, user_id, events, disabled_at), UPDATE (created_at) ON webhook_endpoints TO rushes_admin;

-- What a scrape of the metrics counts, over all accounts and naming none; a scraper is nobody's viewer.
CREATE FUNCTION count_active_jobs()
RETURNS TABLE (lane text, status text, job_type text, jobs bigint, backing_off bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT lane, status, job_type, count(*), count(*) FILTER (WHERE parked AND run_at > now())
    FROM jobs WHERE status IN ('pending', 'validating', 'queued', 'processing')
    GROUP BY lane, status, job_type
$$;
-- Buckets are numbered as width_bucket does: 0 is below the first bound. Who was tried twice has no wait to measure.
CREATE FUNCTION count_ended_jobs(since timestamptz, until timestamptz, bounds double precision[])
RETURNS TABLE (lane text, job_type text, status text, wait_bucket integer, run_bucket integer, jobs bigint,
               wait_seconds double precision, run_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT lane, job_type, status, width_bucket(wait, bounds), width_bucket(run, bounds), count(*),
        coalesce(sum(wait), 0), coalesce(sum(run), 0)
    FROM (
        SELECT lane, job_type, status, processing_seconds AS run,
            CASE WHEN attempts = 1 THEN extract(epoch FROM started_at - queued_at)::double precision END AS wait
        FROM jobs WHERE completed_at > since AND completed_at <= until) ended
    GROUP BY 1, 2, 3, 4, 5
$$;
CREATE FUNCTION count_unsuccessful_attempts(since timestamptz, until timestamptz)
RETURNS TABLE (outcome text, attempts bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT outcome, count(*) FROM attempts
    WHERE outcome IN ('retry', 'failed', 'cancelled', 'lost') AND finished_at > since AND finished_at <= until
    GROUP BY outcome
$$;
CREATE FUNCTION count_deliveries(since timestamptz)
RETURNS TABLE (status text, deliveries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT status, count(*) FROM webhook_deliveries WHERE status <> 'pending' AND created_at > since GROUP BY status
    UNION ALL
    SELECT 'pending', count(*) FROM webhook_deliveries WHERE status = 'pending'
$$;
REVOKE ALL ON FUNCTION count_active_jobs, count_ended_jobs, count_unsuccessful_attempts, count_deliveries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_active_jobs, count_ended_jobs, count_unsuccessful_attempts, count_deliveries
    TO rushes_web;

-- ── Live events ──────────────────────────────────────────────────────────────────────────────
-- Transactions do not commit in the order in which they drew the ids of their events. With its transaction, it can be
-- told of an event whether a snapshot saw it: so what is new since a snapshot has no gap and no repeat.
ALTER TABLE job_events ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
DROP INDEX job_events_user;
CREATE INDEX job_events_user ON job_events (user_id, txid, id);

-- One process serves the streams of many viewers with one query. It reads for the accounts that it names, each from
-- where it was read last, and hands over nothing else; `wanted_jobs` are those whose progress is asked for, or null for
-- all that run.
CREATE FUNCTION read_job_events(readers uuid[], seen pg_snapshot[], wanted_jobs uuid[])
RETURNS TABLE (id bigint, job_id uuid, user_id uuid, transaction bigint, type text, data jsonb, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.*
    FROM unnest(readers, seen) AS reader (user_id, seen)
    CROSS JOIN LATERAL (
        SELECT id, job_id, user_id, txid::text::bigint, type, data, created_at FROM job_events
        WHERE user_id = reader.user_id AND txid >= pg_snapshot_xmin(reader.seen)
          AND NOT pg_visible_in_snapshot(txid, reader.seen)
          -- One that a restored dump brought from a cluster which had counted further is no news.
          AND pg_visible_in_snapshot(txid, pg_current_snapshot())
        ORDER BY txid
        LIMIT 1001
    ) e;
    RETURN QUERY
    SELECT NULL::bigint, j.id, j.user_id, NULL::bigint, 'progress'::text, jsonb_build_object(
        'progress', p.progress, 'progress_text', p.progress_text, 'eta_seconds', p.eta_seconds), p.updated_at
    FROM unnest(wanted_jobs) AS wanted (id)
    JOIN jobs j ON j.id = wanted.id AND j.user_id = ANY (readers) AND j.status = 'processing'
    JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease;
    IF wanted_jobs IS NULL THEN
        RETURN QUERY
        SELECT NULL::bigint, j.id, j.user_id, NULL::bigint, 'progress'::text, jsonb_build_object(
            'progress', p.progress, 'progress_text', p.progress_text, 'eta_seconds', p.eta_seconds), p.updated_at
        FROM unnest(readers) AS reader (id)
        JOIN jobs j ON j.user_id = reader.id AND j.status = 'processing' AND j.deleted_at IS NULL
        JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease;
    END IF;
END
$$;

-- Which of the credentials that the asker holds still open anything: an open stream asks again and again.
CREATE FUNCTION live_credentials(session_ids uuid[], keys bytea[])
RETURNS TABLE (session_id uuid, key_sha256 bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id, NULL::bytea
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY (session_ids) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    UNION ALL
    SELECT NULL, k.key_sha256
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.key_sha256 = ANY (keys) AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now()) AND u.disabled_at IS NULL
$$;
REVOKE ALL ON FUNCTION read_job_events, live_credentials FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_job_events, live_credentials TO rushes_web;

-- Who lost his right to see is told at once: his streams end.
CREATE FUNCTION access_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rushes_access', coalesce(to_jsonb(OLD) ->> 'user_id', OLD.id::text));
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_access AFTER UPDATE OF revoked_at ON sessions
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION access_notify();
CREATE TRIGGER api_keys_access AFTER UPDATE OF revoked_at ON api_keys
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION access_notify();
CREATE TRIGGER api_keys_gone AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION access_notify();
CREATE TRIGGER users_access AFTER UPDATE OF disabled_at ON users
    FOR EACH ROW WHEN (NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION access_notify();

-- ── Uploads ──────────────────────────────────────────────────────────────────────────────────
-- A file that its owner sends to the store himself: until when he may. Its checksum is known once it was checked.
ALTER TABLE assets ADD COLUMN upload_until timestamptz;
ALTER TABLE assets DROP CONSTRAINT assets_stored;
ALTER TABLE assets ADD CONSTRAINT assets_stored CHECK (
    status IN ('uploading', 'deleted') OR (bytes IS NOT NULL AND (sha256 IS NOT NULL OR status <> 'ready')));
CREATE INDEX assets_upload_until ON assets (upload_until) WHERE upload_until IS NOT NULL;

-- ── OpenAI dialect ───────────────────────────────────────────────────────────────────────────
-- Its clients repeat a request without a key: a repeat is known by its words.
CREATE INDEX idempotency_words ON idempotency (user_id, fingerprint, created_at);
