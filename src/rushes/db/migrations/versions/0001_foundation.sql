-- The first schema: who people are, what they own, the job and its whole life, and what it cost.

-- ── Roles ────────────────────────────────────────────────────────────────────────────────────
-- Roles belong to the whole cluster: another database may have made them, even at this moment.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['rushes_web', 'rushes_worker'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- A superuser may take any role; anybody else must be a member of it, and since PostgreSQL 16
        -- its maker is one who may grant it, but not one who may take it.
        IF NOT pg_has_role(current_user, wanted,
                           CASE WHEN current_setting('server_version_num')::int < 160000
                                THEN 'MEMBER' ELSE 'SET' END) THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END
$$;

-- ── People ───────────────────────────────────────────────────────────────────────────────────
CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'),
    password_hash text NOT NULL,
    username      text CHECK (length(username) BETWEEN 1 AND 50),
    avatar_url    text CHECK (avatar_url ~ '^https?://'),
    role          text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    plan          text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'pro')),
    credits       bigint NOT NULL DEFAULT 0 CONSTRAINT users_credits_not_negative CHECK (credits >= 0),
    slots         integer CHECK (slots >= 0),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_created ON users (created_at);

CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id, created_at DESC);

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    prefix       text NOT NULL,
    key_sha256   bytea NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_keys_user ON api_keys (user_id, created_at DESC);

CREATE TABLE projects (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX projects_user ON projects (user_id, created_at DESC);

CREATE TABLE workspace_sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX workspace_sessions_user ON workspace_sessions (user_id, created_at DESC);

CREATE TABLE groups (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX groups_user ON groups (user_id, created_at DESC);

-- ── What can be asked for ────────────────────────────────────────────────────────────────────
CREATE TABLE lanes (
    name      text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
    paused_at timestamptz,
    cap       integer CHECK (cap > 0)
);

CREATE TABLE models (
    slug               text PRIMARY KEY CHECK (slug ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    title              text NOT NULL,
    description        text NOT NULL DEFAULT '',
    engine             text NOT NULL,
    lane               text NOT NULL REFERENCES lanes,
    job_types          text[] NOT NULL CHECK (cardinality(job_types) > 0),
    aliases            jsonb NOT NULL DEFAULT '{}',
    options_schema     jsonb NOT NULL DEFAULT '{}',
    price              jsonb NOT NULL,
    time_limit_seconds integer NOT NULL CHECK (time_limit_seconds > 0),
    max_attempts       integer NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 20),
    cap                integer CHECK (cap > 0),
    enabled            boolean NOT NULL DEFAULT true,
    config             jsonb NOT NULL DEFAULT '{}',
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);

-- ── Workers ──────────────────────────────────────────────────────────────────────────────────
CREATE TABLE workers (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    host         text NOT NULL,
    pid          integer NOT NULL,
    lanes        text[] NOT NULL,
    engines      text[] NOT NULL,
    slots        integer NOT NULL CHECK (slots > 0),
    version      text NOT NULL,
    state        text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'draining', 'gone')),
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX workers_alive ON workers (heartbeat_at) WHERE state <> 'gone';

-- ── Jobs ─────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE jobs (
    id                   uuid PRIMARY KEY,
    user_id              uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    parent_job_id        uuid REFERENCES jobs ON DELETE SET NULL,
    project_id           uuid REFERENCES projects ON DELETE SET NULL,
    group_id             uuid REFERENCES groups ON DELETE SET NULL,
    workspace_session_id uuid REFERENCES workspace_sessions ON DELETE SET NULL,
    job_type             text NOT NULL CHECK (job_type IN (
                             'base', 'text_to_video', 'image', 'render',
                             'extend', 'upscale', 'subtitles', 'audio')),
    model                text NOT NULL REFERENCES models,
    quality              text CHECK (quality IN ('fast', 'high')),
    format               text,
    status               text NOT NULL DEFAULT 'pending' CHECK (status IN (
                             'pending', 'validating', 'queued', 'processing',
                             'completed', 'failed', 'cancelled')),
    lane                 text NOT NULL REFERENCES lanes,
    priority             smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
    fair_rank            bigint NOT NULL DEFAULT 0,
    progress             smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    progress_text        text,
    prompt               text CHECK (length(prompt) BETWEEN 1 AND 1000),
    negative_prompt      text CHECK (length(negative_prompt) <= 1000),
    orientation          text CHECK (orientation IN ('portrait', 'landscape')),
    options              jsonb NOT NULL DEFAULT '{}',
    metadata             jsonb NOT NULL DEFAULT '{}',
    destination          text NOT NULL DEFAULT 'library' CHECK (destination IN ('library', 'workspace')),
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    queued_at            timestamptz,
    started_at           timestamptz,
    completed_at         timestamptz,
    run_at               timestamptz NOT NULL DEFAULT now(),
    auto_cancel_at       timestamptz,
    cancel_requested_at  timestamptz,
    cancelled_reason     text CHECK (cancelled_reason IN ('user', 'deadline', 'parent_failed', 'admin')),
    estimated_seconds    double precision CHECK (estimated_seconds >= 0),
    processing_seconds   double precision CHECK (processing_seconds >= 0),
    attempts             smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts         smallint NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 20),
    lease                uuid,
    lease_until          timestamptz,
    worker_id            uuid REFERENCES workers ON DELETE SET NULL,
    external_job_id      text,
    error_code           text,
    error_message        text,
    price                integer NOT NULL CHECK (price >= 0),
    hold_id              uuid,
    credits_charged      integer NOT NULL DEFAULT 0 CHECK (credits_charged >= 0),
    watermark_applied    boolean NOT NULL,
    short_id             text UNIQUE CHECK (length(short_id) = 8),
    video_id             uuid,
    image_id             uuid,
    moderation_status    text NOT NULL DEFAULT 'pending' CHECK (moderation_status IN ('pending', 'approved', 'rejected', 'flagged')),
    reviewed_at          timestamptz,
    reviewed_by          uuid REFERENCES users ON DELETE SET NULL,
    review_notes         text,
    enhancement_strategy text CHECK (length(enhancement_strategy) <= 50),
    original_prompt      text,
    enhanced_prompt      text,
    enhancement_time_ms  integer CHECK (enhancement_time_ms >= 0),
    quality_rating       numeric,
    quality_improvement  numeric,
    compel_weights       jsonb,
    expansion_percentage numeric,
    template_name        text,
    project_name         text,
    output_name          text,
    render_config        jsonb,
    idempotency_key      text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    deleted_at           timestamptz,
    CONSTRAINT jobs_one_output CHECK (num_nonnulls(video_id, image_id) <= 1),
    CONSTRAINT jobs_completed_at CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
    CONSTRAINT jobs_progress_full CHECK ((progress = 100) = (status = 'completed')),
    CONSTRAINT jobs_lease CHECK ((lease IS NOT NULL) = (status = 'processing')
                                 AND (lease IS NULL) = (lease_until IS NULL)),
    CONSTRAINT jobs_queued_at CHECK (queued_at IS NOT NULL OR status NOT IN ('queued', 'processing', 'completed')),
    CONSTRAINT jobs_failed_why CHECK (status <> 'failed' OR error_code IS NOT NULL),
    CONSTRAINT jobs_cancelled_why CHECK ((status = 'cancelled') = (cancelled_reason IS NOT NULL)),
    CONSTRAINT jobs_output_when_completed CHECK (num_nonnulls(video_id, image_id, short_id) = 0 OR status = 'completed')
);
CREATE INDEX jobs_user_created ON jobs (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX jobs_user_status_created ON jobs (user_id, status, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX jobs_status_created ON jobs (status, created_at DESC);
CREATE INDEX jobs_type_created ON jobs (job_type, created_at DESC);
CREATE INDEX jobs_claim ON jobs (lane, priority, fair_rank, id) WHERE status = 'queued';
CREATE INDEX jobs_admission ON jobs (user_id, priority, id) WHERE status = 'pending';
CREATE INDEX jobs_in_slots ON jobs (user_id) WHERE status IN ('validating', 'queued', 'processing');
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE status = 'processing';
CREATE INDEX jobs_auto_cancel ON jobs (auto_cancel_at)
    WHERE auto_cancel_at IS NOT NULL AND status IN ('pending', 'validating', 'queued', 'processing');
CREATE INDEX jobs_parent ON jobs (parent_job_id) WHERE parent_job_id IS NOT NULL;
CREATE INDEX jobs_group ON jobs (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX jobs_project ON jobs (project_id, created_at DESC) WHERE project_id IS NOT NULL;
CREATE INDEX jobs_workspace_session ON jobs (workspace_session_id) WHERE workspace_session_id IS NOT NULL;
CREATE INDEX jobs_worker ON jobs (worker_id) WHERE worker_id IS NOT NULL AND status = 'processing';
CREATE UNIQUE INDEX jobs_video ON jobs (video_id) WHERE video_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_image ON jobs (image_id) WHERE image_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_idempotency ON jobs (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What a running attempt says of itself several times a second; a crash of the server may empty it.
CREATE UNLOGGED TABLE job_progress (
    job_id        uuid PRIMARY KEY,
    lease         uuid NOT NULL,
    progress      smallint NOT NULL CHECK (progress BETWEEN 0 AND 99),
    progress_text text,
    eta_seconds   double precision CHECK (eta_seconds >= 0),
    updated_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE attempts (
    job_id          uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number          smallint NOT NULL CHECK (number > 0),
    lease           uuid NOT NULL UNIQUE,
    worker_id       uuid REFERENCES workers ON DELETE SET NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    outcome         text CHECK (outcome IN ('succeeded', 'retry', 'failed', 'cancelled', 'lost')),
    error_code      text,
    error_message   text,
    external_job_id text,
    log             text NOT NULL DEFAULT '' CHECK (length(log) <= 65536),
    checkpoint      jsonb,
    PRIMARY KEY (job_id, number),
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);

-- ── Files and the library ────────────────────────────────────────────────────────────────────
CREATE TABLE assets (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id           uuid REFERENCES jobs ON DELETE CASCADE,
    role             text NOT NULL CHECK (role IN ('reference', 'motion', 'template', 'data', 'audio',
                                                   'subtitles', 'output', 'poster', 'preview')),
    bucket           text NOT NULL CHECK (bucket IN ('images', 'videos', 'outputs')),
    key              text NOT NULL CHECK (key <> '' AND key !~ '(^|/)\.\.?(/|$)'),
    media_type       text NOT NULL,
    bytes            bigint CHECK (bytes >= 0),
    sha256           text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    file_name        text CHECK (length(file_name) <= 255),
    width            integer CHECK (width > 0),
    height           integer CHECK (height > 0),
    duration_seconds double precision CHECK (duration_seconds >= 0),
    fps              double precision CHECK (fps > 0),
    frames           integer CHECK (frames >= 0),
    codec            text,
    thumbhash        text,
    status           text NOT NULL CHECK (status IN ('uploading', 'checking', 'ready', 'rejected', 'deleted')),
    lease            uuid,
    lease_until      timestamptz,
    checks           smallint NOT NULL DEFAULT 0 CHECK (checks >= 0),
    error_code       text,
    error_message    text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    deleted_at       timestamptz,
    UNIQUE (bucket, key),
    CONSTRAINT assets_stored CHECK (status = 'uploading' OR (bytes IS NOT NULL AND sha256 IS NOT NULL)
                                    OR status = 'deleted'),
    CONSTRAINT assets_ready_measured CHECK (status <> 'ready' OR (width IS NOT NULL AND height IS NOT NULL)),
    CONSTRAINT assets_rejected_why CHECK ((status = 'rejected') <= (error_code IS NOT NULL)),
    CONSTRAINT assets_deleted_at CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
);
CREATE INDEX assets_user ON assets (user_id, created_at DESC);
CREATE INDEX assets_job ON assets (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX assets_to_check ON assets (created_at) WHERE status = 'checking';

CREATE TABLE job_inputs (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    role     text NOT NULL,
    asset_id uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (job_id, role)
);
CREATE INDEX job_inputs_asset ON job_inputs (asset_id);

CREATE TABLE videos (
    id                 uuid PRIMARY KEY,
    user_id            uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id             uuid NOT NULL UNIQUE REFERENCES jobs ON DELETE CASCADE,
    asset_id           uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    thumbnail_asset_id uuid REFERENCES assets ON DELETE SET NULL,
    preview_asset_id   uuid REFERENCES assets ON DELETE SET NULL,
    prompt             text CHECK (length(prompt) BETWEEN 1 AND 1000),
    orientation        text NOT NULL CHECK (orientation IN ('portrait', 'landscape')),
    model_used         text NOT NULL,
    duration_seconds   double precision NOT NULL CHECK (duration_seconds >= 0),
    status             text NOT NULL DEFAULT 'completed' CHECK (status IN ('completed', 'failed')),
    metadata           jsonb NOT NULL DEFAULT '{}',
    starred            boolean NOT NULL DEFAULT false,
    rating             smallint CHECK (rating BETWEEN 1 AND 5),
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX videos_user_created ON videos (user_id, created_at DESC, id DESC);
CREATE INDEX videos_created ON videos (created_at);

CREATE TABLE images (
    id                 uuid PRIMARY KEY,
    user_id            uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id             uuid NOT NULL UNIQUE REFERENCES jobs ON DELETE CASCADE,
    asset_id           uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    thumbnail_asset_id uuid REFERENCES assets ON DELETE SET NULL,
    prompt             text CHECK (length(prompt) BETWEEN 1 AND 1000),
    orientation        text NOT NULL CHECK (orientation IN ('portrait', 'landscape')),
    model_used         text NOT NULL,
    status             text NOT NULL DEFAULT 'completed' CHECK (status IN ('completed', 'failed')),
    metadata           jsonb NOT NULL DEFAULT '{}',
    starred            boolean NOT NULL DEFAULT false,
    rating             smallint CHECK (rating BETWEEN 1 AND 5),
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX images_user_created ON images (user_id, created_at DESC, id DESC);

ALTER TABLE jobs ADD CONSTRAINT jobs_video_fkey FOREIGN KEY (video_id) REFERENCES videos ON DELETE SET NULL;
ALTER TABLE jobs ADD CONSTRAINT jobs_image_fkey FOREIGN KEY (image_id) REFERENCES images ON DELETE SET NULL;

-- ── Money ────────────────────────────────────────────────────────────────────────────────────
-- `amount` is what the entry does to the balance: a hold takes, a release gives back, and a capture
-- gives back what the hold took beyond the final price. The sum of a user's entries is his balance.
CREATE TABLE ledger (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    job_id        uuid REFERENCES jobs ON DELETE SET NULL,
    hold_id       uuid REFERENCES ledger,
    attempt       smallint,
    kind          text NOT NULL CHECK (kind IN ('grant', 'hold', 'capture', 'release')),
    amount        bigint NOT NULL,
    balance_after bigint NOT NULL CHECK (balance_after >= 0),
    reason        text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind IN ('capture', 'release')) = (hold_id IS NOT NULL)),
    CHECK (CASE kind WHEN 'hold' THEN amount <= 0 ELSE amount >= 0 END)
);
CREATE INDEX ledger_user ON ledger (user_id, id DESC);
CREATE INDEX ledger_job ON ledger (job_id) WHERE job_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_one_ending ON ledger (hold_id) WHERE hold_id IS NOT NULL;
ALTER TABLE jobs ADD CONSTRAINT jobs_hold_fkey FOREIGN KEY (hold_id) REFERENCES ledger;

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Removing an account removes its entries, and a vanished job leaves its entries without it.
    IF pg_trigger_depth() > 1 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'RU002';
END
$$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- ── History ──────────────────────────────────────────────────────────────────────────────────
CREATE TABLE job_events (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id     uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    user_id    uuid NOT NULL,
    type       text NOT NULL,
    data       jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX job_events_job ON job_events (job_id, id);
CREATE INDEX job_events_user ON job_events (user_id, id);
CREATE INDEX job_events_created ON job_events USING brin (created_at);

-- The legal changes of state; rushes.domain.jobs.TRANSITIONS is the same table.
CREATE FUNCTION jobs_transition() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NEW;
END
$$;
CREATE TRIGGER jobs_transition BEFORE INSERT OR UPDATE OF status ON jobs
    FOR EACH ROW EXECUTE FUNCTION jobs_transition();

-- Every change of state leaves one event, in the transaction of the change, and wakes who waits for it.
CREATE FUNCTION jobs_record_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_events (job_id, user_id, type, data)
    VALUES (NEW.id, NEW.user_id, 'job.' || NEW.status, jsonb_strip_nulls(jsonb_build_object(
        'status', NEW.status,
        'attempt', nullif(NEW.attempts, 0),
        'error_code', NEW.error_code,
        'error_message', NEW.error_message,
        'cancelled_reason', NEW.cancelled_reason)));
    PERFORM pg_notify('rushes_jobs', NEW.id || ' ' || NEW.user_id);
    IF NEW.status = 'queued' THEN
        PERFORM pg_notify('rushes_lanes', NEW.lane);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_record_event AFTER INSERT OR UPDATE OF status ON jobs
    FOR EACH ROW EXECUTE FUNCTION jobs_record_event();

-- A file that arrived wakes who checks it; the verdict wakes who waits for it.
CREATE FUNCTION assets_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rushes_assets', NEW.id || ' ' || NEW.status);
    RETURN NULL;
END
$$;
CREATE TRIGGER assets_notify AFTER INSERT OR UPDATE OF status ON assets
    FOR EACH ROW WHEN (NEW.status IN ('checking', 'ready', 'rejected')) EXECUTE FUNCTION assets_notify();

-- ── Two walls between tenants: the second ────────────────────────────────────────────────────
-- The web names the viewer of each transaction; without one it sees nothing.
CREATE FUNCTION viewer_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('rushes.viewer', true), '')::uuid
$$;

-- Before a viewer is known, these three look a credential up; they answer nothing else.
-- Temporary tables come last in their path: else a caller's own could stand in for ours.
CREATE FUNCTION find_login(wanted_email text)
RETURNS TABLE (user_id uuid, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id, password_hash FROM users WHERE lower(email) = lower(wanted_email) AND disabled_at IS NULL
$$;

CREATE FUNCTION enter_session(session_id uuid)
RETURNS TABLE (user_id uuid, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    -- Materialized: else the planner may call set_config for accounts that the conditions then throw out.
    WITH entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true)
$$;

CREATE FUNCTION enter_api_key(wanted_sha256 bytea)
RETURNS TABLE (user_id uuid, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH key AS (
        -- Once a minute is exact enough for "last used", and spares a write per request.
        UPDATE api_keys SET last_used_at = now()
        WHERE key_sha256 = wanted_sha256 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    ), entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM api_keys k JOIN users u ON u.id = k.user_id
        WHERE k.key_sha256 = wanted_sha256 AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now()) AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true)
$$;
REVOKE ALL ON FUNCTION find_login, enter_session, enter_api_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_login, enter_session, enter_api_key TO rushes_web;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['sessions', 'api_keys', 'projects', 'workspace_sessions', 'groups',
                                        'jobs', 'assets', 'videos', 'images', 'ledger', 'job_events'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY viewer ON %I TO rushes_web USING (user_id = (SELECT viewer_id()))', tenant_table);
        EXECUTE format('CREATE POLICY worker ON %I TO rushes_worker USING (true)', tenant_table);
    END LOOP;
    FOREACH tenant_table IN ARRAY ARRAY['attempts', 'job_progress'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY viewer ON %I TO rushes_web '
                       'USING (EXISTS (SELECT FROM jobs j WHERE j.id = job_id))', tenant_table);
        EXECUTE format('CREATE POLICY worker ON %I TO rushes_worker USING (true)', tenant_table);
    END LOOP;
END
$$;
-- An input joins two owned rows, and both must be the viewer's.
ALTER TABLE job_inputs ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON job_inputs TO rushes_web
    USING (EXISTS (SELECT FROM jobs j WHERE j.id = job_id))
    WITH CHECK (EXISTS (SELECT FROM jobs j WHERE j.id = job_id)
                AND EXISTS (SELECT FROM assets a WHERE a.id = asset_id));
CREATE POLICY worker ON job_inputs TO rushes_worker USING (true);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY viewer ON users TO rushes_web USING (id = (SELECT viewer_id()));
CREATE POLICY worker ON users TO rushes_worker USING (true);

-- ── Grants: to each role what its work needs ─────────────────────────────────────────────────
GRANT SELECT ON alembic_version TO rushes_web, rushes_worker;
-- A password's hash is read by find_login alone, and by nobody's SELECT.
GRANT SELECT (id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at, disabled_at)
    ON users TO rushes_web, rushes_worker;
GRANT SELECT ON projects, workspace_sessions, groups, lanes, models, workers, jobs, job_progress, attempts, assets,
    job_inputs, videos, images, ledger, job_events TO rushes_worker;
GRANT SELECT (id, expires_at) ON sessions TO rushes_worker;
GRANT SELECT ON sessions, api_keys, projects, workspace_sessions, groups, lanes, models, workers, jobs,
    job_progress, attempts, assets, job_inputs, videos, images, ledger, job_events TO rushes_web;
-- Not role, plan, slots or disabled_at: nobody raises himself.
GRANT INSERT, UPDATE (email, password_hash, username, avatar_url, credits, updated_at) ON users TO rushes_web;
GRANT INSERT, UPDATE ON sessions, api_keys, projects, workspace_sessions, groups, jobs, assets,
    videos, images TO rushes_web;
GRANT INSERT ON job_inputs, ledger, job_events TO rushes_web;
GRANT DELETE ON api_keys, projects, workspace_sessions, assets TO rushes_web;

GRANT UPDATE (credits) ON users TO rushes_worker;
GRANT INSERT, UPDATE ON workers, jobs, job_progress, attempts, assets, videos, images TO rushes_worker;
GRANT INSERT ON ledger, job_events TO rushes_worker;
GRANT DELETE ON job_progress, job_events, sessions, assets TO rushes_worker;
