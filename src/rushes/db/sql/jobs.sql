-- name: insert_jobs(rows, user_id, slots, tag_per_credit)
-- Write new jobs of one account down, and set their prices aside: refused by the schema if the balance would fall below
-- zero. What waits for nothing enters its lane at once, in fair order; the rest begins as pending. The account's row
-- must be locked.
WITH new AS MATERIALIZED (
    SELECT new.*, row_number() OVER (PARTITION BY awaits_parent ORDER BY priority, id) AS turn
    FROM jsonb_to_recordset(:rows) AS new (
        id uuid, user_id uuid, parent_job_id uuid, awaits_parent boolean, group_id uuid, job_type text, model text,
        quality text, lane text, priority smallint, prompt text, options jsonb, metadata jsonb, max_attempts smallint,
        price integer, output_seconds double precision, auto_cancel_at timestamptz, hold_id uuid,
        watermark_applied boolean, inputs_ready boolean, project_id uuid, workspace_session_id uuid, format text,
        negative_prompt text, orientation text, destination text, project_name text, output_name text,
        render_config jsonb, enhancement_strategy text, original_prompt text, enhanced_prompt text,
        enhancement_time_ms integer, compel_weights jsonb, expansion_percentage numeric, template_name text,
        prompt_test_id uuid, test_metadata jsonb)
), free AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT FROM jobs WHERE user_id = :user_id AND status = 'pending' AND NOT awaits_parent) THEN 0
           ELSE :slots - (SELECT count(*) FROM jobs
                          WHERE user_id = :user_id AND status IN ('validating', 'queued', 'processing')) END AS slots
), tag AS MATERIALIZED (
    SELECT * FROM take_tags((
        SELECT jsonb_agg(jsonb_build_object(
            'job_id', id, 'user_id', user_id, 'lane', lane, 'place', priority,
            'cost', greatest(1, price) * :tag_per_credit::bigint))
        FROM new, free WHERE inputs_ready AND NOT awaits_parent AND turn <= free.slots))
), account AS (
    UPDATE users SET credits = credits - (SELECT sum(price) FROM new) WHERE id = :user_id
    RETURNING credits + (SELECT sum(price) FROM new) AS credits_before
), held AS (
    INSERT INTO ledger (id, user_id, kind, amount, balance_after, reason)
    SELECT new.hold_id, new.user_id, 'hold', -new.price,
        account.credits_before - sum(new.price) OVER (ORDER BY new.hold_id), 'job ' || new.id
    FROM new, account
)
INSERT INTO jobs (id, user_id, parent_job_id, awaits_parent, group_id, job_type, model, quality, status, queued_at, lane,
                  priority, place, fair_rank, fair_cost, prompt, options, metadata, max_attempts, price, output_seconds,
                  estimated_seconds, auto_cancel_at, hold_id, watermark_applied, project_id, workspace_session_id, format,
                  negative_prompt, orientation, destination, project_name, output_name, render_config,
                  enhancement_strategy, original_prompt, enhanced_prompt, enhancement_time_ms, compel_weights,
                  expansion_percentage, template_name, prompt_test_id, test_metadata)
SELECT new.id, new.user_id, new.parent_job_id, new.awaits_parent, new.group_id, new.job_type, new.model, new.quality,
       CASE WHEN tag.job_id IS NULL THEN 'pending' ELSE 'queued' END, CASE WHEN tag.job_id IS NOT NULL THEN now() END,
       new.lane, new.priority, new.priority, coalesce(tag.start_tag, 0), coalesce(tag.cost, 0), new.prompt, new.options,
       new.metadata, new.max_attempts, new.price, new.output_seconds,
       CASE WHEN tag.job_id IS NOT NULL
            THEN coalesce(s.base_seconds + s.per_second * new.output_seconds, s.median * new.output_seconds) END,
       new.auto_cancel_at, new.hold_id,
       new.watermark_applied, new.project_id, new.workspace_session_id, new.format, new.negative_prompt, new.orientation,
       new.destination, new.project_name, new.output_name, new.render_config, new.enhancement_strategy,
       new.original_prompt, new.enhanced_prompt, new.enhancement_time_ms, new.compel_weights,
       new.expansion_percentage, new.template_name, new.prompt_test_id, new.test_metadata
FROM new
LEFT JOIN tag ON tag.job_id = new.id
LEFT JOIN speeds s ON s.model = new.model AND s.job_type = new.job_type AND s.quality = coalesce(new.quality, '')
    AND s.resolution = coalesce(new.options->>'resolution', '')
RETURNING *;

-- name: insert_inputs(rows)!
-- Name files as inputs of jobs.
INSERT INTO job_inputs (job_id, role, asset_id)
SELECT job_id, role, asset_id FROM jsonb_to_recordset(:rows) AS new (job_id uuid, role text, asset_id uuid);

-- name: insert_group(id, user_id)!
-- Make a group of jobs.
INSERT INTO groups (id, user_id) VALUES (:id, :user_id);

-- name: get_job(job_id, user_id)^
-- One job of the viewer, with what its running attempt says of itself.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = :job_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_jobs(user_id, before_time, before_id, count)
-- A page of the viewer's jobs, newest first.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.user_id = :user_id AND j.deleted_at IS NULL AND (j.created_at, j.id) < (:before_time, :before_id)
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_jobs_by_status(user_id, statuses, before_time, before_id, count)
-- A page of the viewer's jobs in some states, newest first; a page of each state, so that an index has the order.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM unnest(:statuses::text[]) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE user_id = :user_id AND deleted_at IS NULL AND status = wanted.status
      AND (created_at, id) < (:before_time, :before_id)
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: count_by_status(user_id)
-- How many jobs the viewer has in each state.
SELECT status, count(*) AS jobs FROM jobs WHERE user_id = :user_id AND deleted_at IS NULL GROUP BY status;

-- name: lock_jobs(job_ids, user_id)
-- Take some jobs of the viewer; his row must be locked before.
SELECT * FROM jobs
WHERE id = ANY (:job_ids::uuid[]) AND user_id = :user_id AND deleted_at IS NULL
ORDER BY id
FOR NO KEY UPDATE;

-- name: list_jobs_among(user_id, job_ids)
-- Those of some jobs that are the viewer's.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = ANY (:job_ids::uuid[]) AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: watch_job(job_id, user_id)^
-- One job of the viewer and the last event of its history, both as of the same moment.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds,
    coalesce((SELECT max(e.id) FROM job_events e WHERE e.job_id = j.id), 0) AS last_event_id
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = :job_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_events_after(job_id, user_id, after_id)
-- The history of one job of the viewer since an event, oldest first.
SELECT id, job_id, type, data, created_at FROM job_events
WHERE job_id = :job_id AND user_id = :user_id AND id > :after_id
ORDER BY id
LIMIT 1000;
