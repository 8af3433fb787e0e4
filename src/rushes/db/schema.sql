-- The schema that the migrations build, for reading. It is made by `python -m scripts.dump_schema`.

-- A dump defines functions before the tables that they name.
SET check_function_bodies = false;

CREATE FUNCTION public.access_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('rushes_access', coalesce(to_jsonb(OLD) ->> 'user_id', OLD.id::text));
    RETURN NULL;
END
$$;

CREATE FUNCTION public.assets_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('rushes_assets', NEW.id || ' ' || NEW.status);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_log_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'RU002';
END
$$;

CREATE TABLE public.jobs (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    parent_job_id uuid,
    project_id uuid,
    group_id uuid,
    workspace_session_id uuid,
    job_type text NOT NULL,
    model text NOT NULL,
    quality text,
    format text,
    status text DEFAULT 'pending'::text NOT NULL,
    lane text NOT NULL,
    priority smallint DEFAULT 5 NOT NULL,
    fair_rank bigint DEFAULT 0 NOT NULL,
    progress smallint DEFAULT 0 NOT NULL,
    progress_text text,
    prompt text,
    negative_prompt text,
    orientation text,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    destination text DEFAULT 'library'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    queued_at timestamp with time zone,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    auto_cancel_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    cancelled_reason text,
    estimated_seconds double precision,
    processing_seconds double precision,
    attempts smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 3 NOT NULL,
    lease uuid,
    lease_until timestamp with time zone,
    worker_id uuid,
    external_job_id text,
    error_code text,
    error_message text,
    price integer NOT NULL,
    hold_id uuid,
    credits_charged integer DEFAULT 0 NOT NULL,
    watermark_applied boolean NOT NULL,
    short_id text,
    video_id uuid,
    image_id uuid,
    moderation_status text DEFAULT 'pending'::text NOT NULL,
    reviewed_at timestamp with time zone,
    reviewed_by uuid,
    review_notes text,
    enhancement_strategy text,
    original_prompt text,
    enhanced_prompt text,
    enhancement_time_ms integer,
    quality_rating numeric,
    quality_improvement numeric,
    compel_weights jsonb,
    expansion_percentage numeric,
    template_name text,
    project_name text,
    output_name text,
    render_config jsonb,
    idempotency_key text,
    deleted_at timestamp with time zone,
    place smallint DEFAULT 5 NOT NULL,
    aged_at timestamp with time zone,
    parked boolean DEFAULT false NOT NULL,
    awaits_parent boolean DEFAULT false NOT NULL,
    cancel_requested_reason text,
    output_seconds double precision DEFAULT 1 NOT NULL,
    fair_cost bigint DEFAULT 0 NOT NULL,
    attempts_before smallint DEFAULT 0 NOT NULL,
    starred boolean DEFAULT false NOT NULL,
    rating smallint,
    prompt_test_id uuid,
    test_metadata jsonb,
    CONSTRAINT jobs_attempts_before_check CHECK ((attempts_before >= 0)),
    CONSTRAINT jobs_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT jobs_awaits_parent CHECK (((NOT awaits_parent) OR (status = ANY (ARRAY['pending'::text, 'cancelled'::text])))),
    CONSTRAINT jobs_cancel_requested CHECK (((cancel_requested_at IS NULL) = (cancel_requested_reason IS NULL))),
    CONSTRAINT jobs_cancel_requested_reason_check CHECK ((cancel_requested_reason = ANY (ARRAY['user'::text, 'deadline'::text, 'parent_failed'::text, 'admin'::text]))),
    CONSTRAINT jobs_cancelled_reason_check CHECK ((cancelled_reason = ANY (ARRAY['user'::text, 'deadline'::text, 'parent_failed'::text, 'admin'::text]))),
    CONSTRAINT jobs_cancelled_why CHECK (((status = 'cancelled'::text) = (cancelled_reason IS NOT NULL))),
    CONSTRAINT jobs_completed_at CHECK (((completed_at IS NOT NULL) = (status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])))),
    CONSTRAINT jobs_credits_charged_check CHECK ((credits_charged >= 0)),
    CONSTRAINT jobs_destination_check CHECK ((destination = ANY (ARRAY['library'::text, 'workspace'::text]))),
    CONSTRAINT jobs_enhancement_strategy_check CHECK ((length(enhancement_strategy) <= 50)),
    CONSTRAINT jobs_enhancement_time_ms_check CHECK ((enhancement_time_ms >= 0)),
    CONSTRAINT jobs_estimated_seconds_check CHECK ((estimated_seconds >= (0)::double precision)),
    CONSTRAINT jobs_failed_why CHECK (((status <> 'failed'::text) OR (error_code IS NOT NULL))),
    CONSTRAINT jobs_fair_cost_check CHECK ((fair_cost >= 0)),
    CONSTRAINT jobs_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255))),
    CONSTRAINT jobs_job_type_check CHECK ((job_type = ANY (ARRAY['base'::text, 'text_to_video'::text, 'image'::text, 'render'::text, 'extend'::text, 'upscale'::text, 'subtitles'::text, 'audio'::text]))),
    CONSTRAINT jobs_lease CHECK ((((lease IS NOT NULL) = (status = 'processing'::text)) AND ((lease IS NULL) = (lease_until IS NULL)))),
    CONSTRAINT jobs_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 10000))),
    CONSTRAINT jobs_moderation_status_check CHECK ((moderation_status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'flagged'::text]))),
    CONSTRAINT jobs_negative_prompt_check CHECK ((length(negative_prompt) <= 1000)),
    CONSTRAINT jobs_one_output CHECK ((num_nonnulls(video_id, image_id) <= 1)),
    CONSTRAINT jobs_orientation_check CHECK ((orientation = ANY (ARRAY['portrait'::text, 'landscape'::text]))),
    CONSTRAINT jobs_output_seconds_check CHECK ((output_seconds >= (0)::double precision)),
    CONSTRAINT jobs_output_when_completed CHECK (((num_nonnulls(video_id, image_id, short_id) = 0) OR (status = 'completed'::text))),
    CONSTRAINT jobs_parked CHECK (((NOT parked) OR (status = 'queued'::text))),
    CONSTRAINT jobs_place_check CHECK (((place >= 1) AND (place <= 10))),
    CONSTRAINT jobs_price_check CHECK ((price >= 0)),
    CONSTRAINT jobs_priority_check CHECK (((priority >= 1) AND (priority <= 10))),
    CONSTRAINT jobs_processing_seconds_check CHECK ((processing_seconds >= (0)::double precision)),
    CONSTRAINT jobs_progress_check CHECK (((progress >= 0) AND (progress <= 100))),
    CONSTRAINT jobs_progress_full CHECK (((progress = 100) = (status = 'completed'::text))),
    CONSTRAINT jobs_prompt_check CHECK (((length(prompt) >= 1) AND (length(prompt) <= 1000))),
    CONSTRAINT jobs_quality_check CHECK ((quality = ANY (ARRAY['fast'::text, 'high'::text]))),
    CONSTRAINT jobs_queued_at CHECK (((queued_at IS NOT NULL) OR (status <> ALL (ARRAY['queued'::text, 'processing'::text, 'completed'::text])))),
    CONSTRAINT jobs_rating_check CHECK (((rating >= 1) AND (rating <= 5))),
    CONSTRAINT jobs_short_id_check CHECK ((length(short_id) = 8)),
    CONSTRAINT jobs_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'validating'::text, 'queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE FUNCTION public.claim_jobs(served_lanes text[], served_engines text[], wanted integer, claiming_worker uuid, lease_time interval) RETURNS SETOF public.jobs
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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

CREATE FUNCTION public.count_active_jobs() RETURNS TABLE(lane text, status text, job_type text, jobs bigint, backing_off bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT lane, status, job_type, count(*), count(*) FILTER (WHERE parked AND run_at > now())
    FROM jobs WHERE status IN ('pending', 'validating', 'queued', 'processing')
    GROUP BY lane, status, job_type
$$;

CREATE FUNCTION public.count_ahead(asked_lane text, asked_place smallint, asked_rank bigint) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.count_deliveries(since timestamp with time zone) RETURNS TABLE(status text, deliveries bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT status, count(*) FROM webhook_deliveries WHERE status <> 'pending' AND created_at > since GROUP BY status
    UNION ALL
    SELECT 'pending', count(*) FROM webhook_deliveries WHERE status = 'pending'
$$;

CREATE FUNCTION public.count_ended_jobs(since timestamp with time zone, until timestamp with time zone, bounds double precision[]) RETURNS TABLE(lane text, job_type text, status text, wait_bucket integer, run_bucket integer, jobs bigint, wait_seconds double precision, run_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT lane, job_type, status, width_bucket(wait, bounds), width_bucket(run, bounds), count(*),
        coalesce(sum(wait), 0), coalesce(sum(run), 0)
    FROM (
        SELECT lane, job_type, status, processing_seconds AS run,
            CASE WHEN attempts = 1 THEN extract(epoch FROM started_at - queued_at)::double precision END AS wait
        FROM jobs WHERE completed_at > since AND completed_at <= until) ended
    GROUP BY 1, 2, 3, 4, 5
$$;

CREATE FUNCTION public.count_unsuccessful_attempts(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(outcome text, attempts bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT outcome, count(*) FROM attempts
    WHERE outcome IN ('retry', 'failed', 'cancelled', 'lost') AND finished_at > since AND finished_at <= until
    GROUP BY outcome
$$;

CREATE FUNCTION public.describe_share(wanted_short_id text) RETURNS TABLE(model text, engine text, generative boolean, signed boolean, listed boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT coalesce(m.title, j.model), made.metadata ->> 'engine', (made.metadata ->> 'generative')::boolean,
        coalesce((made.metadata ->> 'signed')::boolean, false), s.listed
    FROM jobs j JOIN job_shares s ON s.job_id = j.id
    LEFT JOIN models m ON m.slug = j.model
    LEFT JOIN videos v ON v.id = j.video_id
    LEFT JOIN images i ON i.id = j.image_id
    CROSS JOIN LATERAL (SELECT coalesce(v.metadata, i.metadata) AS metadata) made
    WHERE j.short_id = wanted_short_id AND s.revoked_at IS NULL
$$;

CREATE FUNCTION public.enter_administration() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT viewer_is_admin() THEN
        RAISE EXCEPTION 'the viewer is no administrator' USING ERRCODE = 'RU003';
    END IF;
    PERFORM set_config('role', 'rushes_admin', true);
END
$$;

CREATE FUNCTION public.enter_api_key(wanted_sha256 bytea) RETURNS TABLE(user_id uuid, role text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true);
END
$$;

CREATE FUNCTION public.enter_session(session_id uuid) RETURNS TABLE(user_id uuid, role text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH used AS (
        -- Once a minute is exact enough for "last used", and spares a write per request.
        UPDATE sessions SET last_used_at = now()
        WHERE id IN (
            SELECT s.id FROM sessions s
            WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now()
              AND (s.last_used_at IS NULL OR s.last_used_at < now() - interval '1 minute')
            -- Another request that is under way notes it: nobody waits for that.
            FOR NO KEY UPDATE SKIP LOCKED)
    -- Materialized: else the planner may call set_config for accounts that the conditions then throw out.
    ), entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true);
END
$$;

CREATE FUNCTION public.find_login(wanted_email text) RETURNS TABLE(user_id uuid, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT id, password_hash FROM users WHERE lower(email) = lower(wanted_email) AND disabled_at IS NULL
$$;

CREATE FUNCTION public.find_share(wanted_short_id text) RETURNS TABLE(is_revoked boolean, role text, bucket text, key text, media_type text, bytes bigint, width integer, height integer, duration_seconds double precision, created_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT s.revoked_at IS NOT NULL OR j.deleted_at IS NOT NULL OR u.disabled_at IS NOT NULL
               OR j.moderation_status IN ('rejected', 'flagged') OR a.id IS NULL,
        a.role, a.bucket, a.key, a.media_type, a.bytes, a.width, a.height, a.duration_seconds, a.created_at
    FROM jobs j JOIN job_shares s ON s.job_id = j.id JOIN users u ON u.id = j.user_id
    LEFT JOIN assets a ON a.job_id = j.id AND a.role IN ('output', 'poster') AND a.status = 'ready'
    WHERE j.short_id = wanted_short_id
$$;

CREATE FUNCTION public.jobs_record_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.jobs_record_inserts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT id, user_id, 'job.' || status, jsonb_build_object('status', status) FROM new_jobs ORDER BY id;
    PERFORM pg_notify('rushes_jobs', id || ' ' || user_id) FROM new_jobs;
    PERFORM pg_notify('rushes_lanes', woken.lane)
    FROM (SELECT DISTINCT lane FROM new_jobs WHERE status = 'queued') woken;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.jobs_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.lanes_start_clocks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO lane_clocks (lane, place) SELECT NEW.name, place FROM generate_series(1, 10) AS place;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.ledger_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Removing an account removes its entries, and a vanished job leaves its entries without it.
    IF pg_trigger_depth() > 1 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'RU002';
END
$$;

CREATE FUNCTION public.live_credentials(session_ids uuid[], keys bytea[]) RETURNS TABLE(session_id uuid, key_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT s.id, NULL::bytea
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY (session_ids) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    UNION ALL
    SELECT NULL, k.key_sha256
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.key_sha256 = ANY (keys) AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now()) AND u.disabled_at IS NULL
$$;

CREATE FUNCTION public.models_move_jobs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE jobs j SET lane = NEW.lane, fair_rank = clock.virtual_time
    FROM lane_clocks clock
    WHERE j.model = NEW.slug AND j.lane = OLD.lane AND clock.lane = NEW.lane AND clock.place = j.place
      AND j.status IN ('pending', 'validating', 'queued', 'processing', 'failed');
    PERFORM pg_notify('rushes_lanes', NEW.lane);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.queue_positions(wanted uuid[]) RETURNS TABLE(job_id uuid, jobs_before integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
    ) far;
END
$$;

CREATE FUNCTION public.read_job_events(readers uuid[], seen pg_snapshot[], wanted_jobs uuid[]) RETURNS TABLE(id bigint, job_id uuid, user_id uuid, transaction bigint, type text, data jsonb, created_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
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

CREATE FUNCTION public.report_attempt(reported_job uuid, reported_number integer, reported_lease uuid, reported_kind text, reported_body jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.report_share(wanted_short_id text, report text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    reported_job uuid;
BEGIN
    -- Locked, so that reports of the same moment count each other.
    SELECT j.id INTO reported_job
    FROM jobs j JOIN job_shares s ON s.job_id = j.id
    WHERE j.short_id = wanted_short_id AND s.revoked_at IS NULL AND j.deleted_at IS NULL
    FOR NO KEY UPDATE OF j;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM share_reports r WHERE r.job_id = reported_job) < 100 THEN
        INSERT INTO share_reports (job_id, report) VALUES (reported_job, report);
    END IF;
    UPDATE jobs SET moderation_status = 'pending' WHERE id = reported_job AND moderation_status = 'approved';
    RETURN true;
END
$$;

CREATE FUNCTION public.take_tags(wanted jsonb) RETURNS TABLE(job_id uuid, start_tag bigint, cost bigint)
    LANGUAGE plpgsql STRICT
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE FUNCTION public.viewer_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT nullif(current_setting('rushes.viewer', true), '')::uuid
$$;

CREATE FUNCTION public.viewer_is_admin() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT EXISTS (SELECT FROM users WHERE id = viewer_id() AND role = 'admin' AND disabled_at IS NULL)
$$;

CREATE FUNCTION public.webhook_deliveries_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('rushes_deliveries', NEW.id::text);
    RETURN NULL;
END
$$;

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    key_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_key_sha256_check CHECK ((length(key_sha256) = 32)),
    CONSTRAINT api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.assets (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid,
    role text NOT NULL,
    bucket text NOT NULL,
    key text NOT NULL,
    media_type text NOT NULL,
    bytes bigint,
    sha256 text,
    file_name text,
    width integer,
    height integer,
    duration_seconds double precision,
    fps double precision,
    frames integer,
    codec text,
    thumbhash text,
    status text NOT NULL,
    lease uuid,
    lease_until timestamp with time zone,
    checks smallint DEFAULT 0 NOT NULL,
    error_code text,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    purged_at timestamp with time zone,
    upload_until timestamp with time zone,
    poster_key text,
    CONSTRAINT assets_bucket_check CHECK ((bucket = ANY (ARRAY['images'::text, 'videos'::text, 'outputs'::text]))),
    CONSTRAINT assets_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT assets_check CHECK (((purged_at IS NULL) OR (status = 'deleted'::text))),
    CONSTRAINT assets_checks_check CHECK ((checks >= 0)),
    CONSTRAINT assets_deleted_at CHECK (((status = 'deleted'::text) = (deleted_at IS NOT NULL))),
    CONSTRAINT assets_duration_seconds_check CHECK ((duration_seconds >= (0)::double precision)),
    CONSTRAINT assets_file_name_check CHECK ((length(file_name) <= 255)),
    CONSTRAINT assets_fps_check CHECK ((fps > (0)::double precision)),
    CONSTRAINT assets_frames_check CHECK ((frames >= 0)),
    CONSTRAINT assets_height_check CHECK ((height > 0)),
    CONSTRAINT assets_key_check CHECK (((key <> ''::text) AND (key !~ '(^|/)\.\.?(/|$)'::text))),
    CONSTRAINT assets_ready_measured CHECK (((status <> 'ready'::text) OR (role = ANY (ARRAY['template'::text, 'data'::text, 'audio'::text, 'subtitles'::text])) OR ((width IS NOT NULL) AND (height IS NOT NULL)))),
    CONSTRAINT assets_rejected_why CHECK (((status = 'rejected'::text) <= (error_code IS NOT NULL))),
    CONSTRAINT assets_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT assets_status_check CHECK ((status = ANY (ARRAY['uploading'::text, 'checking'::text, 'ready'::text, 'rejected'::text, 'deleted'::text]))),
    CONSTRAINT assets_stored CHECK (((status = ANY (ARRAY['uploading'::text, 'deleted'::text])) OR ((bytes IS NOT NULL) AND ((sha256 IS NOT NULL) OR (status <> 'ready'::text))))),
    CONSTRAINT assets_width_check CHECK ((width > 0))
);

CREATE TABLE public.attempt_reports (
    lease uuid NOT NULL,
    kind text NOT NULL,
    job_id uuid NOT NULL,
    number smallint NOT NULL,
    body jsonb NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT attempt_reports_kind_check CHECK ((kind = ANY (ARRAY['progress'::text, 'completed'::text, 'failed'::text])))
);

CREATE TABLE public.attempts (
    job_id uuid NOT NULL,
    number smallint NOT NULL,
    lease uuid NOT NULL,
    worker_id uuid,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    error_code text,
    error_message text,
    external_job_id text,
    log text DEFAULT ''::text NOT NULL,
    checkpoint jsonb,
    swept_at timestamp with time zone,
    CONSTRAINT attempts_check CHECK (((finished_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT attempts_log_check CHECK ((length(log) <= 65536)),
    CONSTRAINT attempts_number_check CHECK ((number > 0)),
    CONSTRAINT attempts_outcome_check CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'retry'::text, 'failed'::text, 'cancelled'::text, 'lost'::text])))
);

CREATE TABLE public.audit_log (
    id uuid NOT NULL,
    actor_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_log_action_check CHECK ((action ~ '^[a-z]+\.[a-z]+(_[a-z]+)*$'::text)),
    CONSTRAINT audit_log_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 254))),
    CONSTRAINT audit_log_request_id_check CHECK ((length(request_id) <= 100)),
    CONSTRAINT audit_log_target_check CHECK (((length(target) >= 1) AND (length(target) <= 254))),
    CONSTRAINT audit_log_target_type_check CHECK ((target_type = ANY (ARRAY['user'::text, 'job'::text, 'lane'::text, 'model'::text, 'worker'::text])))
);

CREATE TABLE public.chores (
    name text NOT NULL,
    done_at timestamp with time zone NOT NULL
);

CREATE TABLE public.groups (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.idempotency (
    user_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    job_ids uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    answer text,
    CONSTRAINT idempotency_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT idempotency_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

CREATE TABLE public.images (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    thumbnail_asset_id uuid,
    prompt text,
    orientation text NOT NULL,
    model_used text NOT NULL,
    status text DEFAULT 'completed'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT images_orientation_check CHECK ((orientation = ANY (ARRAY['portrait'::text, 'landscape'::text]))),
    CONSTRAINT images_prompt_check CHECK (((length(prompt) >= 1) AND (length(prompt) <= 1000))),
    CONSTRAINT images_status_check CHECK ((status = ANY (ARRAY['completed'::text, 'failed'::text])))
);

CREATE TABLE public.job_events (
    id bigint NOT NULL,
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    type text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

ALTER TABLE public.job_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.job_inputs (
    job_id uuid NOT NULL,
    role text NOT NULL,
    asset_id uuid NOT NULL
);

CREATE UNLOGGED TABLE public.job_progress (
    job_id uuid NOT NULL,
    lease uuid NOT NULL,
    progress smallint NOT NULL,
    progress_text text,
    eta_seconds double precision,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT job_progress_eta_seconds_check CHECK ((eta_seconds >= (0)::double precision)),
    CONSTRAINT job_progress_progress_check CHECK (((progress >= 0) AND (progress <= 99)))
)
WITH (fillfactor='50');

CREATE TABLE public.job_shares (
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    listed boolean DEFAULT false NOT NULL
);

CREATE TABLE public.lane_clocks (
    lane text NOT NULL,
    place smallint NOT NULL,
    virtual_time bigint DEFAULT 0 NOT NULL,
    CONSTRAINT lane_clocks_place_check CHECK (((place >= 1) AND (place <= 10)))
)
WITH (fillfactor='20');

CREATE TABLE public.lanes (
    name text NOT NULL,
    paused_at timestamp with time zone,
    cap integer,
    CONSTRAINT lanes_cap_check CHECK ((cap > 0)),
    CONSTRAINT lanes_name_check CHECK ((name ~ '^[a-z][a-z0-9_-]{0,62}$'::text))
);

CREATE TABLE public.ledger (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid,
    hold_id uuid,
    attempt smallint,
    kind text NOT NULL,
    amount bigint NOT NULL,
    balance_after bigint NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ledger_balance_after_check CHECK ((balance_after >= 0)),
    CONSTRAINT ledger_check CHECK (((kind = ANY (ARRAY['capture'::text, 'release'::text])) = (hold_id IS NOT NULL))),
    CONSTRAINT ledger_check1 CHECK (
CASE kind
    WHEN 'hold'::text THEN (amount <= 0)
    ELSE (amount >= 0)
END),
    CONSTRAINT ledger_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'hold'::text, 'capture'::text, 'release'::text])))
);

CREATE TABLE public.models (
    slug text NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    engine text NOT NULL,
    lane text NOT NULL,
    job_types text[] NOT NULL,
    aliases jsonb DEFAULT '{}'::jsonb NOT NULL,
    options_schema jsonb DEFAULT '{}'::jsonb NOT NULL,
    price jsonb NOT NULL,
    time_limit_seconds integer NOT NULL,
    max_attempts integer DEFAULT 3 NOT NULL,
    cap integer,
    enabled boolean DEFAULT true NOT NULL,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    shipped_schema jsonb,
    CONSTRAINT models_cap_check CHECK ((cap > 0)),
    CONSTRAINT models_job_types_check CHECK ((cardinality(job_types) > 0)),
    CONSTRAINT models_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 20))),
    CONSTRAINT models_slug_check CHECK ((slug ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text)),
    CONSTRAINT models_time_limit_seconds_check CHECK ((time_limit_seconds > 0))
);

CREATE TABLE public.projects (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projects_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.prompt_templates (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    strategy text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT prompt_templates_body_check CHECK (((length(body) >= 1) AND (length(body) <= 1000))),
    CONSTRAINT prompt_templates_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT prompt_templates_strategy_check CHECK ((strategy = ANY (ARRAY['template'::text, 'weights'::text, 'expand'::text, 'clean'::text])))
);

CREATE UNLOGGED TABLE public.queue_marks (
    lane text NOT NULL,
    number integer NOT NULL,
    place smallint NOT NULL,
    fair_rank bigint NOT NULL,
    job_id uuid NOT NULL
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    user_agent text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
);

CREATE TABLE public.share_reports (
    id bigint NOT NULL,
    job_id uuid NOT NULL,
    report text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT share_reports_report_check CHECK ((length(report) <= 1000))
);

ALTER TABLE public.share_reports ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.share_reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.shares (
    user_id uuid NOT NULL,
    lane text NOT NULL,
    place smallint NOT NULL,
    finish_tag bigint NOT NULL,
    CONSTRAINT shares_place_check CHECK (((place >= 1) AND (place <= 10)))
)
WITH (fillfactor='50');

CREATE TABLE public.speeds (
    model text NOT NULL,
    job_type text NOT NULL,
    quality text NOT NULL,
    resolution text NOT NULL,
    samples integer NOT NULL,
    median double precision NOT NULL,
    p90 double precision NOT NULL,
    job_seconds double precision DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    base_seconds double precision,
    per_second double precision,
    CONSTRAINT speeds_base_seconds_check CHECK ((base_seconds >= (0)::double precision)),
    CONSTRAINT speeds_check CHECK ((p90 >= median)),
    CONSTRAINT speeds_job_seconds_check CHECK ((job_seconds >= (0)::double precision)),
    CONSTRAINT speeds_line_check CHECK (((base_seconds IS NULL) = (per_second IS NULL))),
    CONSTRAINT speeds_median_check CHECK ((median >= (0)::double precision)),
    CONSTRAINT speeds_per_second_check CHECK ((per_second >= (0)::double precision)),
    CONSTRAINT speeds_samples_check CHECK ((samples > 0))
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    username text,
    avatar_url text,
    role text DEFAULT 'user'::text NOT NULL,
    plan text DEFAULT 'free'::text NOT NULL,
    credits bigint DEFAULT 0 NOT NULL,
    slots integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT users_avatar_url_check CHECK ((avatar_url ~ '^https?://'::text)),
    CONSTRAINT users_credits_not_negative CHECK ((credits >= 0)),
    CONSTRAINT users_email_check CHECK (((length(email) <= 254) AND (email ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'::text))),
    CONSTRAINT users_plan_check CHECK ((plan = ANY (ARRAY['free'::text, 'pro'::text]))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text]))),
    CONSTRAINT users_slots_check CHECK ((slots >= 0)),
    CONSTRAINT users_username_check CHECK (((length(username) >= 1) AND (length(username) <= 50)))
);

CREATE TABLE public.videos (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    thumbnail_asset_id uuid,
    preview_asset_id uuid,
    prompt text,
    orientation text NOT NULL,
    model_used text NOT NULL,
    duration_seconds double precision NOT NULL,
    status text DEFAULT 'completed'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT videos_duration_seconds_check CHECK ((duration_seconds >= (0)::double precision)),
    CONSTRAINT videos_orientation_check CHECK ((orientation = ANY (ARRAY['portrait'::text, 'landscape'::text]))),
    CONSTRAINT videos_prompt_check CHECK (((length(prompt) >= 1) AND (length(prompt) <= 1000))),
    CONSTRAINT videos_status_check CHECK ((status = ANY (ARRAY['completed'::text, 'failed'::text])))
);

CREATE TABLE public.webhook_deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    endpoint_id uuid NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid,
    type text NOT NULL,
    payload jsonb NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone DEFAULT now() NOT NULL,
    give_up_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL,
    response_code smallint,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered_at timestamp with time zone,
    tries_before integer DEFAULT 0 NOT NULL,
    CONSTRAINT webhook_deliveries_check CHECK (((status = 'delivered'::text) = (delivered_at IS NOT NULL))),
    CONSTRAINT webhook_deliveries_error_check CHECK ((length(error) <= 1000)),
    CONSTRAINT webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text]))),
    CONSTRAINT webhook_deliveries_tries_before_check CHECK ((tries_before >= 0)),
    CONSTRAINT webhook_deliveries_tries_check CHECK ((tries >= 0))
);

CREATE TABLE public.webhook_endpoints (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    url text NOT NULL,
    description text,
    secret text NOT NULL,
    events text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    disabled_reason text,
    format text DEFAULT 'native'::text NOT NULL,
    CONSTRAINT webhook_endpoints_check CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
    CONSTRAINT webhook_endpoints_description_check CHECK ((length(description) <= 200)),
    CONSTRAINT webhook_endpoints_events_check CHECK (((cardinality(events) > 0) AND (events <@ ARRAY['job.completed'::text, 'job.failed'::text, 'job.cancelled'::text, 'job.progress'::text]))),
    CONSTRAINT webhook_endpoints_format CHECK (((format = 'native'::text) OR (NOT ('job.progress'::text = ANY (events))))),
    CONSTRAINT webhook_endpoints_format_check CHECK ((format = ANY (ARRAY['native'::text, 'openai'::text]))),
    CONSTRAINT webhook_endpoints_secret_check CHECK ((secret ~ '^whsec_'::text)),
    CONSTRAINT webhook_endpoints_url_check CHECK (((url ~ '^https?://'::text) AND (length(url) <= 2000)))
);

CREATE TABLE public.webhook_tries (
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    tried_at timestamp with time zone DEFAULT now() NOT NULL,
    response_code smallint,
    error text,
    seconds double precision NOT NULL,
    CONSTRAINT webhook_tries_error_check CHECK ((length(error) <= 1000)),
    CONSTRAINT webhook_tries_number_check CHECK ((number > 0)),
    CONSTRAINT webhook_tries_seconds_check CHECK ((seconds >= (0)::double precision))
);

CREATE TABLE public.workers (
    id uuid NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    lanes text[] NOT NULL,
    engines text[] NOT NULL,
    slots integer NOT NULL,
    version text NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
    drain_requested_at timestamp with time zone,
    CONSTRAINT workers_slots_check CHECK ((slots > 0)),
    CONSTRAINT workers_state_check CHECK ((state = ANY (ARRAY['running'::text, 'draining'::text, 'gone'::text])))
);

CREATE TABLE public.workspace_sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT workspace_sessions_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_key_sha256_key UNIQUE (key_sha256);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_bucket_key_key UNIQUE (bucket, key);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_pkey PRIMARY KEY (id);

ALTER TABLE public.assets
    ADD CONSTRAINT assets_poster_key_check CHECK (((poster_key <> ''::text) AND (poster_key !~ '(^|/)\.\.?(/|$)'::text))) NOT VALID;

ALTER TABLE public.assets
    ADD CONSTRAINT assets_role_check CHECK ((role = ANY (ARRAY['reference'::text, 'motion'::text, 'mask'::text, 'template'::text, 'data'::text, 'audio'::text, 'subtitles'::text, 'output'::text, 'poster'::text, 'preview'::text, 'spritesheet'::text]))) NOT VALID;

ALTER TABLE ONLY public.attempt_reports
    ADD CONSTRAINT attempt_reports_pkey PRIMARY KEY (lease, kind);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_lease_key UNIQUE (lease);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (job_id, number);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.chores
    ADD CONSTRAINT chores_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (user_id, key);

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_pkey PRIMARY KEY (job_id, role);

ALTER TABLE ONLY public.job_progress
    ADD CONSTRAINT job_progress_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.job_shares
    ADD CONSTRAINT job_shares_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_short_id_key UNIQUE (short_id);

ALTER TABLE ONLY public.lane_clocks
    ADD CONSTRAINT lane_clocks_pkey PRIMARY KEY (lane, place);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.prompt_templates
    ADD CONSTRAINT prompt_templates_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.queue_marks
    ADD CONSTRAINT queue_marks_pkey PRIMARY KEY (lane, place, fair_rank, job_id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.share_reports
    ADD CONSTRAINT share_reports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_pkey PRIMARY KEY (user_id, lane, place);

ALTER TABLE ONLY public.speeds
    ADD CONSTRAINT speeds_pkey PRIMARY KEY (model, job_type, quality, resolution);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_tries
    ADD CONSTRAINT webhook_tries_pkey PRIMARY KEY (delivery_id, number);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.workspace_sessions
    ADD CONSTRAINT workspace_sessions_pkey PRIMARY KEY (id);

CREATE INDEX api_keys_user ON public.api_keys USING btree (user_id, created_at DESC);

CREATE INDEX assets_job ON public.assets USING btree (job_id) WHERE (job_id IS NOT NULL);

CREATE INDEX assets_stored ON public.assets USING btree (user_id) INCLUDE (bytes) WHERE (status <> ALL (ARRAY['rejected'::text, 'deleted'::text]));

CREATE INDEX assets_to_check ON public.assets USING btree (created_at) WHERE (status = 'checking'::text);

CREATE INDEX assets_to_purge ON public.assets USING btree (deleted_at) WHERE ((status = 'deleted'::text) AND (purged_at IS NULL));

CREATE INDEX assets_upload_until ON public.assets USING btree (upload_until) WHERE (upload_until IS NOT NULL);

CREATE INDEX assets_uploading ON public.assets USING btree (created_at) WHERE (status = 'uploading'::text);

CREATE INDEX assets_user ON public.assets USING btree (user_id, created_at DESC);

CREATE UNIQUE INDEX attempt_reports_end ON public.attempt_reports USING btree (lease) WHERE (kind <> 'progress'::text);

CREATE INDEX attempt_reports_job ON public.attempt_reports USING btree (job_id);

CREATE INDEX attempt_reports_received ON public.attempt_reports USING btree (received_at);

CREATE INDEX attempts_to_sweep ON public.attempts USING btree (finished_at) WHERE ((outcome = 'lost'::text) AND (swept_at IS NULL));

CREATE INDEX attempts_unsuccessful ON public.attempts USING btree (finished_at) INCLUDE (outcome) WHERE (outcome = ANY (ARRAY['retry'::text, 'failed'::text, 'cancelled'::text, 'lost'::text]));

CREATE INDEX audit_log_actor ON public.audit_log USING btree (actor, created_at DESC, id DESC);

CREATE INDEX audit_log_created ON public.audit_log USING btree (created_at DESC, id DESC);

CREATE INDEX audit_log_target ON public.audit_log USING btree (target_type, target, created_at DESC, id DESC);

CREATE INDEX groups_user ON public.groups USING btree (user_id, created_at DESC);

CREATE INDEX idempotency_created ON public.idempotency USING btree (created_at);

CREATE INDEX idempotency_words ON public.idempotency USING btree (user_id, fingerprint, created_at);

CREATE INDEX images_user_created ON public.images USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX job_events_job ON public.job_events USING btree (job_id, id);

CREATE INDEX job_events_user ON public.job_events USING btree (user_id, txid, id);

CREATE INDEX job_inputs_asset ON public.job_inputs USING btree (asset_id);

CREATE INDEX job_shares_user ON public.job_shares USING btree (user_id);

CREATE INDEX jobs_admission ON public.jobs USING btree (user_id, priority, id) WHERE ((status = 'pending'::text) AND (NOT awaits_parent));

CREATE INDEX jobs_auto_cancel ON public.jobs USING btree (auto_cancel_at) WHERE ((auto_cancel_at IS NOT NULL) AND (status = ANY (ARRAY['pending'::text, 'validating'::text, 'queued'::text, 'processing'::text])));

CREATE INDEX jobs_claim ON public.jobs USING btree (lane, model, place, fair_rank, id) WHERE ((status = 'queued'::text) AND (NOT parked));

CREATE INDEX jobs_ended ON public.jobs USING btree (completed_at) INCLUDE (status, job_type, lane, queued_at, started_at, processing_seconds, attempts) WHERE (completed_at IS NOT NULL);

CREATE INDEX jobs_group ON public.jobs USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE UNIQUE INDEX jobs_idempotency ON public.jobs USING btree (user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE UNIQUE INDEX jobs_image ON public.jobs USING btree (image_id) WHERE (image_id IS NOT NULL);

CREATE INDEX jobs_in_slots ON public.jobs USING btree (user_id) WHERE (status = ANY (ARRAY['validating'::text, 'queued'::text, 'processing'::text]));

CREATE INDEX jobs_leases ON public.jobs USING btree (lease_until) WHERE (status = 'processing'::text);

CREATE INDEX jobs_parent ON public.jobs USING btree (parent_job_id) WHERE (parent_job_id IS NOT NULL);

CREATE INDEX jobs_parked ON public.jobs USING btree (lane, run_at) WHERE ((status = 'queued'::text) AND parked);

CREATE INDEX jobs_project ON public.jobs USING btree (project_id, created_at DESC) WHERE (project_id IS NOT NULL);

CREATE INDEX jobs_running ON public.jobs USING btree (lane, model) WHERE (status = 'processing'::text);

CREATE INDEX jobs_status_created ON public.jobs USING btree (status, created_at DESC);

CREATE INDEX jobs_to_review ON public.jobs USING btree (moderation_status, created_at DESC, id DESC) WHERE ((status = 'completed'::text) AND (moderation_status = ANY (ARRAY['pending'::text, 'flagged'::text])));

CREATE INDEX jobs_type_created ON public.jobs USING btree (job_type, created_at DESC);

CREATE INDEX jobs_user_created ON public.jobs USING btree (user_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX jobs_user_deleted ON public.jobs USING btree (user_id, created_at DESC, id DESC) WHERE (deleted_at IS NOT NULL);

CREATE INDEX jobs_user_status_created ON public.jobs USING btree (user_id, status, created_at DESC, id DESC) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX jobs_video ON public.jobs USING btree (video_id) WHERE (video_id IS NOT NULL);

CREATE INDEX jobs_worker ON public.jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'processing'::text));

CREATE INDEX jobs_workspace_session ON public.jobs USING btree (workspace_session_id) WHERE (workspace_session_id IS NOT NULL);

CREATE INDEX ledger_job ON public.ledger USING btree (job_id) WHERE (job_id IS NOT NULL);

CREATE UNIQUE INDEX ledger_one_ending ON public.ledger USING btree (hold_id) WHERE (hold_id IS NOT NULL);

CREATE INDEX ledger_user ON public.ledger USING btree (user_id, id DESC);

CREATE INDEX projects_user ON public.projects USING btree (user_id, created_at DESC);

CREATE UNIQUE INDEX prompt_templates_name ON public.prompt_templates USING btree (user_id, name);

CREATE INDEX prompt_templates_user ON public.prompt_templates USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX sessions_expires ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_user ON public.sessions USING btree (user_id, created_at DESC);

CREATE INDEX share_reports_job ON public.share_reports USING btree (job_id, id);

CREATE INDEX users_created ON public.users USING btree (created_at);

CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email));

CREATE INDEX videos_created ON public.videos USING btree (created_at);

CREATE INDEX videos_user_created ON public.videos USING btree (user_id, created_at DESC, id DESC);

CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (next_try_at) WHERE (status = 'pending'::text);

CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (created_at) WHERE (status <> 'pending'::text);

CREATE INDEX webhook_deliveries_endpoint ON public.webhook_deliveries USING btree (endpoint_id, created_at DESC, id DESC);

CREATE INDEX webhook_deliveries_job ON public.webhook_deliveries USING btree (job_id);

CREATE UNIQUE INDEX webhook_deliveries_progress ON public.webhook_deliveries USING btree (endpoint_id, job_id) WHERE ((type = 'job.progress'::text) AND (status = 'pending'::text));

CREATE INDEX webhook_endpoints_user ON public.webhook_endpoints USING btree (user_id, created_at DESC);

CREATE INDEX workers_alive ON public.workers USING btree (heartbeat_at) WHERE (state <> 'gone'::text);

CREATE INDEX workspace_sessions_user ON public.workspace_sessions USING btree (user_id, created_at DESC);

CREATE TRIGGER api_keys_access AFTER UPDATE OF revoked_at ON public.api_keys FOR EACH ROW WHEN ((new.revoked_at IS NOT NULL)) EXECUTE FUNCTION public.access_notify();

CREATE TRIGGER api_keys_gone AFTER DELETE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.access_notify();

CREATE TRIGGER assets_notify AFTER INSERT OR UPDATE OF status ON public.assets FOR EACH ROW WHEN ((new.status = ANY (ARRAY['checking'::text, 'ready'::text, 'rejected'::text]))) EXECUTE FUNCTION public.assets_notify();

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.audit_log_append_only();

CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.audit_log_append_only();

CREATE TRIGGER jobs_record_changes AFTER UPDATE ON public.jobs REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION public.jobs_record_changes();

CREATE TRIGGER jobs_record_inserts AFTER INSERT ON public.jobs REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION public.jobs_record_inserts();

CREATE TRIGGER jobs_transition BEFORE INSERT OR UPDATE OF status ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.jobs_transition();

CREATE TRIGGER lanes_start_clocks AFTER INSERT ON public.lanes FOR EACH ROW EXECUTE FUNCTION public.lanes_start_clocks();

CREATE TRIGGER ledger_append_only BEFORE DELETE OR UPDATE ON public.ledger FOR EACH ROW EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER models_move_jobs AFTER UPDATE OF lane ON public.models FOR EACH ROW WHEN ((new.lane <> old.lane)) EXECUTE FUNCTION public.models_move_jobs();

CREATE TRIGGER sessions_access AFTER UPDATE OF revoked_at ON public.sessions FOR EACH ROW WHEN ((new.revoked_at IS NOT NULL)) EXECUTE FUNCTION public.access_notify();

CREATE TRIGGER users_access AFTER UPDATE OF disabled_at ON public.users FOR EACH ROW WHEN ((new.disabled_at IS NOT NULL)) EXECUTE FUNCTION public.access_notify();

CREATE TRIGGER webhook_deliveries_notify AFTER UPDATE OF status ON public.webhook_deliveries FOR EACH ROW WHEN (((new.type = 'webhook.test'::text) AND (new.status <> 'pending'::text))) EXECUTE FUNCTION public.webhook_deliveries_notify();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.attempt_reports
    ADD CONSTRAINT attempt_reports_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_thumbnail_asset_id_fkey FOREIGN KEY (thumbnail_asset_id) REFERENCES public.assets(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.images
    ADD CONSTRAINT images_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_inputs
    ADD CONSTRAINT job_inputs_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_shares
    ADD CONSTRAINT job_shares_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_shares
    ADD CONSTRAINT job_shares_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.groups(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_hold_fkey FOREIGN KEY (hold_id) REFERENCES public.ledger(id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_image_fkey FOREIGN KEY (image_id) REFERENCES public.images(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_lane_fkey FOREIGN KEY (lane) REFERENCES public.lanes(name);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_model_fkey FOREIGN KEY (model) REFERENCES public.models(slug);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_parent_job_id_fkey FOREIGN KEY (parent_job_id) REFERENCES public.jobs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES public.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_video_fkey FOREIGN KEY (video_id) REFERENCES public.videos(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_workspace_session_id_fkey FOREIGN KEY (workspace_session_id) REFERENCES public.workspace_sessions(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES public.ledger(id);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_lane_fkey FOREIGN KEY (lane) REFERENCES public.lanes(name);

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.prompt_templates
    ADD CONSTRAINT prompt_templates_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.share_reports
    ADD CONSTRAINT share_reports_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.speeds
    ADD CONSTRAINT speeds_model_fkey FOREIGN KEY (model) REFERENCES public.models(slug) ON DELETE CASCADE;

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_preview_asset_id_fkey FOREIGN KEY (preview_asset_id) REFERENCES public.assets(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_thumbnail_asset_id_fkey FOREIGN KEY (thumbnail_asset_id) REFERENCES public.assets(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.videos
    ADD CONSTRAINT videos_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES public.webhook_endpoints(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_tries
    ADD CONSTRAINT webhook_tries_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.webhook_deliveries(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.workspace_sessions
    ADD CONSTRAINT workspace_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

CREATE POLICY admin ON public.assets TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.attempts TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.audit_log TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.images TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.job_events TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.job_inputs TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.job_progress TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.jobs TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.ledger TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.share_reports FOR SELECT TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.shares TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.users TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.videos TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.webhook_deliveries TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

CREATE POLICY admin ON public.webhook_endpoints TO rushes_admin USING (( SELECT public.viewer_is_admin() AS viewer_is_admin));

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attempt_reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.groups ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.images ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_inputs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_shares ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.prompt_templates ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.share_reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.shares ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.videos ENABLE ROW LEVEL SECURITY;

CREATE POLICY viewer ON public.api_keys TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.assets TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.attempt_reports TO rushes_web USING ((EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = attempt_reports.job_id))));

CREATE POLICY viewer ON public.attempts TO rushes_web USING ((EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = attempts.job_id))));

CREATE POLICY viewer ON public.groups TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.idempotency TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.images TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.job_events TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.job_inputs TO rushes_web USING ((EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = job_inputs.job_id)))) WITH CHECK (((EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = job_inputs.job_id))) AND (EXISTS ( SELECT
   FROM public.assets a
  WHERE (a.id = job_inputs.asset_id)))));

CREATE POLICY viewer ON public.job_progress TO rushes_web USING ((EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = job_progress.job_id))));

CREATE POLICY viewer ON public.job_shares TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id))) WITH CHECK (((user_id = ( SELECT public.viewer_id() AS viewer_id)) AND (EXISTS ( SELECT
   FROM public.jobs j
  WHERE (j.id = job_shares.job_id)))));

CREATE POLICY viewer ON public.jobs TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id))) WITH CHECK (((user_id = ( SELECT public.viewer_id() AS viewer_id)) AND ((project_id IS NULL) OR (EXISTS ( SELECT
   FROM public.projects p
  WHERE (p.id = jobs.project_id)))) AND ((workspace_session_id IS NULL) OR (EXISTS ( SELECT
   FROM public.workspace_sessions s
  WHERE (s.id = jobs.workspace_session_id))))));

CREATE POLICY viewer ON public.ledger TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.projects TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.prompt_templates TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.sessions TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.shares TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.users TO rushes_web USING ((id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.videos TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.webhook_deliveries TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id))) WITH CHECK (((user_id = ( SELECT public.viewer_id() AS viewer_id)) AND (EXISTS ( SELECT
   FROM public.webhook_endpoints e
  WHERE (e.id = webhook_deliveries.endpoint_id)))));

CREATE POLICY viewer ON public.webhook_endpoints TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

CREATE POLICY viewer ON public.webhook_tries TO rushes_web USING ((EXISTS ( SELECT
   FROM public.webhook_deliveries d
  WHERE (d.id = webhook_tries.delivery_id))));

CREATE POLICY viewer ON public.workspace_sessions TO rushes_web USING ((user_id = ( SELECT public.viewer_id() AS viewer_id)));

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_endpoints ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_tries ENABLE ROW LEVEL SECURITY;

CREATE POLICY worker ON public.api_keys TO rushes_worker USING (true);

CREATE POLICY worker ON public.assets TO rushes_worker USING (true);

CREATE POLICY worker ON public.attempt_reports TO rushes_worker USING (true);

CREATE POLICY worker ON public.attempts TO rushes_worker USING (true);

CREATE POLICY worker ON public.groups TO rushes_worker USING (true);

CREATE POLICY worker ON public.idempotency TO rushes_worker USING (true);

CREATE POLICY worker ON public.images TO rushes_worker USING (true);

CREATE POLICY worker ON public.job_events TO rushes_worker USING (true);

CREATE POLICY worker ON public.job_inputs TO rushes_worker USING (true);

CREATE POLICY worker ON public.job_progress TO rushes_worker USING (true);

CREATE POLICY worker ON public.job_shares TO rushes_worker USING (true);

CREATE POLICY worker ON public.jobs TO rushes_worker USING (true);

CREATE POLICY worker ON public.ledger TO rushes_worker USING (true);

CREATE POLICY worker ON public.projects TO rushes_worker USING (true);

CREATE POLICY worker ON public.prompt_templates TO rushes_worker USING (true);

CREATE POLICY worker ON public.sessions TO rushes_worker USING (true);

CREATE POLICY worker ON public.shares TO rushes_worker USING (true);

CREATE POLICY worker ON public.users TO rushes_worker USING (true);

CREATE POLICY worker ON public.videos TO rushes_worker USING (true);

CREATE POLICY worker ON public.webhook_deliveries TO rushes_worker USING (true);

CREATE POLICY worker ON public.webhook_endpoints TO rushes_worker USING (true);

CREATE POLICY worker ON public.webhook_tries TO rushes_worker USING (true);

CREATE POLICY worker ON public.workspace_sessions TO rushes_worker USING (true);

ALTER TABLE public.workspace_sessions ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT,UPDATE ON TABLE public.jobs TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.jobs TO rushes_web;
GRANT SELECT ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(project_id) ON TABLE public.jobs TO rushes_web;

GRANT UPDATE(status) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(status) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(lane) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(fair_rank) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(fair_rank) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(progress) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(progress) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(progress_text) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(progress_text) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(destination) ON TABLE public.jobs TO rushes_web;

GRANT UPDATE(updated_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(updated_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(queued_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(queued_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(started_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(started_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(completed_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(completed_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(run_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(run_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(auto_cancel_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(auto_cancel_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(cancel_requested_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(cancel_requested_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(cancelled_reason) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(cancelled_reason) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(estimated_seconds) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(estimated_seconds) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(processing_seconds) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(processing_seconds) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(max_attempts) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(max_attempts) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(lease) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(lease) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(lease_until) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(lease_until) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(worker_id) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(worker_id) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(error_code) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(error_code) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(error_message) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(error_message) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(price) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(price) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(hold_id) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(hold_id) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(credits_charged) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(credits_charged) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(watermark_applied) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(watermark_applied) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(short_id) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(short_id) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(video_id) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(video_id) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(image_id) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(image_id) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(moderation_status) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(reviewed_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(reviewed_by) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(review_notes) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(deleted_at) ON TABLE public.jobs TO rushes_web;

GRANT UPDATE(place) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(place) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(aged_at) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(aged_at) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(parked) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(awaits_parent) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(awaits_parent) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(cancel_requested_reason) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(cancel_requested_reason) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(output_seconds) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(output_seconds) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(fair_cost) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(fair_cost) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(attempts_before) ON TABLE public.jobs TO rushes_web;
GRANT UPDATE(attempts_before) ON TABLE public.jobs TO rushes_admin;

GRANT UPDATE(starred) ON TABLE public.jobs TO rushes_web;

GRANT UPDATE(rating) ON TABLE public.jobs TO rushes_web;

REVOKE ALL ON FUNCTION public.count_active_jobs() FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_active_jobs() TO rushes_web;

REVOKE ALL ON FUNCTION public.count_ahead(asked_lane text, asked_place smallint, asked_rank bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_ahead(asked_lane text, asked_place smallint, asked_rank bigint) TO rushes_web;
GRANT ALL ON FUNCTION public.count_ahead(asked_lane text, asked_place smallint, asked_rank bigint) TO rushes_worker;

REVOKE ALL ON FUNCTION public.count_deliveries(since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_deliveries(since timestamp with time zone) TO rushes_web;

REVOKE ALL ON FUNCTION public.count_ended_jobs(since timestamp with time zone, until timestamp with time zone, bounds double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_ended_jobs(since timestamp with time zone, until timestamp with time zone, bounds double precision[]) TO rushes_web;

REVOKE ALL ON FUNCTION public.count_unsuccessful_attempts(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.count_unsuccessful_attempts(since timestamp with time zone, until timestamp with time zone) TO rushes_web;

REVOKE ALL ON FUNCTION public.describe_share(wanted_short_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.describe_share(wanted_short_id text) TO rushes_web;

REVOKE ALL ON FUNCTION public.enter_administration() FROM PUBLIC;
GRANT ALL ON FUNCTION public.enter_administration() TO rushes_web;

REVOKE ALL ON FUNCTION public.enter_api_key(wanted_sha256 bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.enter_api_key(wanted_sha256 bytea) TO rushes_web;

REVOKE ALL ON FUNCTION public.enter_session(session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.enter_session(session_id uuid) TO rushes_web;

REVOKE ALL ON FUNCTION public.find_login(wanted_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_login(wanted_email text) TO rushes_web;

REVOKE ALL ON FUNCTION public.find_share(wanted_short_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_share(wanted_short_id text) TO rushes_web;

REVOKE ALL ON FUNCTION public.live_credentials(session_ids uuid[], keys bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.live_credentials(session_ids uuid[], keys bytea[]) TO rushes_web;

REVOKE ALL ON FUNCTION public.queue_positions(wanted uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.queue_positions(wanted uuid[]) TO rushes_web;
GRANT ALL ON FUNCTION public.queue_positions(wanted uuid[]) TO rushes_worker;

REVOKE ALL ON FUNCTION public.read_job_events(readers uuid[], seen pg_snapshot[], wanted_jobs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_job_events(readers uuid[], seen pg_snapshot[], wanted_jobs uuid[]) TO rushes_web;

REVOKE ALL ON FUNCTION public.report_attempt(reported_job uuid, reported_number integer, reported_lease uuid, reported_kind text, reported_body jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_attempt(reported_job uuid, reported_number integer, reported_lease uuid, reported_kind text, reported_body jsonb) TO rushes_web;

REVOKE ALL ON FUNCTION public.report_share(wanted_short_id text, report text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_share(wanted_short_id text, report text) TO rushes_web;

REVOKE ALL ON FUNCTION public.viewer_is_admin() FROM PUBLIC;
GRANT ALL ON FUNCTION public.viewer_is_admin() TO rushes_web;
GRANT ALL ON FUNCTION public.viewer_is_admin() TO rushes_admin;

GRANT SELECT ON TABLE public.alembic_version TO rushes_web;
GRANT SELECT ON TABLE public.alembic_version TO rushes_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO rushes_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.assets TO rushes_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.assets TO rushes_web;
GRANT SELECT ON TABLE public.assets TO rushes_admin;

GRANT SELECT,DELETE ON TABLE public.attempt_reports TO rushes_worker;

GRANT SELECT(lease) ON TABLE public.attempt_reports TO rushes_web;

GRANT SELECT(kind) ON TABLE public.attempt_reports TO rushes_web;

GRANT SELECT(job_id) ON TABLE public.attempt_reports TO rushes_web;

GRANT SELECT(number) ON TABLE public.attempt_reports TO rushes_web;

GRANT SELECT(received_at) ON TABLE public.attempt_reports TO rushes_web;
GRANT UPDATE(received_at) ON TABLE public.attempt_reports TO rushes_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.attempts TO rushes_worker;
GRANT SELECT ON TABLE public.attempts TO rushes_web;
GRANT SELECT ON TABLE public.attempts TO rushes_admin;

GRANT SELECT,INSERT ON TABLE public.audit_log TO rushes_admin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.chores TO rushes_worker;

GRANT SELECT ON TABLE public.groups TO rushes_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.groups TO rushes_web;

GRANT SELECT,INSERT ON TABLE public.idempotency TO rushes_web;
GRANT DELETE ON TABLE public.idempotency TO rushes_worker;

GRANT SELECT(user_id) ON TABLE public.idempotency TO rushes_worker;

GRANT SELECT(key) ON TABLE public.idempotency TO rushes_worker;

GRANT SELECT(created_at),UPDATE(created_at) ON TABLE public.idempotency TO rushes_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.images TO rushes_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.images TO rushes_web;
GRANT SELECT ON TABLE public.images TO rushes_admin;

GRANT SELECT,INSERT,DELETE ON TABLE public.job_events TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.job_events TO rushes_web;
GRANT SELECT,INSERT ON TABLE public.job_events TO rushes_admin;

GRANT UPDATE(created_at) ON TABLE public.job_events TO rushes_worker;

GRANT SELECT ON TABLE public.job_inputs TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.job_inputs TO rushes_web;
GRANT SELECT ON TABLE public.job_inputs TO rushes_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_progress TO rushes_worker;
GRANT SELECT ON TABLE public.job_progress TO rushes_web;
GRANT SELECT ON TABLE public.job_progress TO rushes_admin;

GRANT SELECT,INSERT ON TABLE public.job_shares TO rushes_web;
GRANT SELECT ON TABLE public.job_shares TO rushes_worker;

GRANT UPDATE(created_at) ON TABLE public.job_shares TO rushes_web;

GRANT UPDATE(revoked_at) ON TABLE public.job_shares TO rushes_web;

GRANT UPDATE(listed) ON TABLE public.job_shares TO rushes_web;

GRANT SELECT ON TABLE public.lane_clocks TO rushes_web;
GRANT SELECT,UPDATE ON TABLE public.lane_clocks TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.lane_clocks TO rushes_admin;

GRANT SELECT ON TABLE public.lanes TO rushes_worker;
GRANT SELECT ON TABLE public.lanes TO rushes_web;
GRANT SELECT,INSERT,UPDATE ON TABLE public.lanes TO rushes_admin;

GRANT SELECT,INSERT ON TABLE public.ledger TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.ledger TO rushes_web;
GRANT SELECT,INSERT ON TABLE public.ledger TO rushes_admin;

GRANT SELECT ON TABLE public.models TO rushes_worker;
GRANT SELECT ON TABLE public.models TO rushes_web;
GRANT SELECT,INSERT,UPDATE ON TABLE public.models TO rushes_admin;

GRANT SELECT ON TABLE public.projects TO rushes_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.projects TO rushes_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.prompt_templates TO rushes_web;
GRANT SELECT ON TABLE public.prompt_templates TO rushes_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.queue_marks TO rushes_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.sessions TO rushes_web;
GRANT DELETE ON TABLE public.sessions TO rushes_worker;

GRANT SELECT(id) ON TABLE public.sessions TO rushes_worker;

GRANT UPDATE(user_agent) ON TABLE public.sessions TO rushes_worker;

GRANT SELECT(expires_at) ON TABLE public.sessions TO rushes_worker;

GRANT SELECT ON TABLE public.share_reports TO rushes_admin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO rushes_web;
GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO rushes_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO rushes_admin;

GRANT SELECT ON TABLE public.speeds TO rushes_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.speeds TO rushes_worker;
GRANT SELECT ON TABLE public.speeds TO rushes_admin;

GRANT INSERT ON TABLE public.users TO rushes_web;

GRANT SELECT(id) ON TABLE public.users TO rushes_web;
GRANT SELECT(id) ON TABLE public.users TO rushes_worker;
GRANT SELECT(id) ON TABLE public.users TO rushes_admin;

GRANT SELECT(email),UPDATE(email) ON TABLE public.users TO rushes_web;
GRANT SELECT(email) ON TABLE public.users TO rushes_worker;
GRANT SELECT(email) ON TABLE public.users TO rushes_admin;

GRANT UPDATE(password_hash) ON TABLE public.users TO rushes_web;

GRANT SELECT(username),UPDATE(username) ON TABLE public.users TO rushes_web;
GRANT SELECT(username) ON TABLE public.users TO rushes_worker;
GRANT SELECT(username) ON TABLE public.users TO rushes_admin;

GRANT SELECT(avatar_url),UPDATE(avatar_url) ON TABLE public.users TO rushes_web;
GRANT SELECT(avatar_url) ON TABLE public.users TO rushes_worker;
GRANT SELECT(avatar_url) ON TABLE public.users TO rushes_admin;

GRANT SELECT(role) ON TABLE public.users TO rushes_web;
GRANT SELECT(role) ON TABLE public.users TO rushes_worker;
GRANT SELECT(role),UPDATE(role) ON TABLE public.users TO rushes_admin;

GRANT SELECT(plan) ON TABLE public.users TO rushes_web;
GRANT SELECT(plan) ON TABLE public.users TO rushes_worker;
GRANT SELECT(plan),UPDATE(plan) ON TABLE public.users TO rushes_admin;

GRANT SELECT(credits),UPDATE(credits) ON TABLE public.users TO rushes_web;
GRANT SELECT(credits),UPDATE(credits) ON TABLE public.users TO rushes_worker;
GRANT SELECT(credits),UPDATE(credits) ON TABLE public.users TO rushes_admin;

GRANT SELECT(slots) ON TABLE public.users TO rushes_web;
GRANT SELECT(slots) ON TABLE public.users TO rushes_worker;
GRANT SELECT(slots),UPDATE(slots) ON TABLE public.users TO rushes_admin;

GRANT SELECT(created_at) ON TABLE public.users TO rushes_web;
GRANT SELECT(created_at) ON TABLE public.users TO rushes_worker;
GRANT SELECT(created_at) ON TABLE public.users TO rushes_admin;

GRANT SELECT(updated_at),UPDATE(updated_at) ON TABLE public.users TO rushes_web;
GRANT SELECT(updated_at) ON TABLE public.users TO rushes_worker;
GRANT SELECT(updated_at),UPDATE(updated_at) ON TABLE public.users TO rushes_admin;

GRANT SELECT(disabled_at) ON TABLE public.users TO rushes_web;
GRANT SELECT(disabled_at) ON TABLE public.users TO rushes_worker;
GRANT SELECT(disabled_at),UPDATE(disabled_at) ON TABLE public.users TO rushes_admin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.videos TO rushes_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.videos TO rushes_web;
GRANT SELECT ON TABLE public.videos TO rushes_admin;

GRANT SELECT,INSERT,UPDATE ON TABLE public.webhook_deliveries TO rushes_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_deliveries TO rushes_worker;
GRANT SELECT,INSERT ON TABLE public.webhook_deliveries TO rushes_admin;

GRANT SELECT,UPDATE ON TABLE public.webhook_endpoints TO rushes_worker;
GRANT INSERT,DELETE,UPDATE ON TABLE public.webhook_endpoints TO rushes_web;

GRANT SELECT(id) ON TABLE public.webhook_endpoints TO rushes_web;
GRANT SELECT(id) ON TABLE public.webhook_endpoints TO rushes_admin;

GRANT SELECT(user_id) ON TABLE public.webhook_endpoints TO rushes_web;
GRANT SELECT(user_id) ON TABLE public.webhook_endpoints TO rushes_admin;

GRANT SELECT(url) ON TABLE public.webhook_endpoints TO rushes_web;

GRANT SELECT(description) ON TABLE public.webhook_endpoints TO rushes_web;

GRANT SELECT(events) ON TABLE public.webhook_endpoints TO rushes_web;
GRANT SELECT(events) ON TABLE public.webhook_endpoints TO rushes_admin;

GRANT SELECT(created_at) ON TABLE public.webhook_endpoints TO rushes_web;
GRANT UPDATE(created_at) ON TABLE public.webhook_endpoints TO rushes_admin;

GRANT SELECT(disabled_at) ON TABLE public.webhook_endpoints TO rushes_web;
GRANT SELECT(disabled_at) ON TABLE public.webhook_endpoints TO rushes_admin;

GRANT SELECT(disabled_reason) ON TABLE public.webhook_endpoints TO rushes_web;

GRANT SELECT(format) ON TABLE public.webhook_endpoints TO rushes_web;

GRANT SELECT ON TABLE public.webhook_tries TO rushes_web;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.webhook_tries TO rushes_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.workers TO rushes_worker;
GRANT SELECT ON TABLE public.workers TO rushes_web;
GRANT SELECT ON TABLE public.workers TO rushes_admin;

GRANT UPDATE(state) ON TABLE public.workers TO rushes_admin;

GRANT UPDATE(drain_requested_at) ON TABLE public.workers TO rushes_admin;

GRANT SELECT ON TABLE public.workspace_sessions TO rushes_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.workspace_sessions TO rushes_web;
