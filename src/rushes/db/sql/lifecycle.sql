-- name: admit(accounts, job_ids)
-- Let the accounts' next pending jobs in, as many as each has free slots, and go on with some validating ones: to
-- their lanes in fair order if their inputs are ready, else to wait for these. The accounts' rows must be locked.
WITH account AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(:accounts) AS account (id uuid, slots integer, tag_per_credit bigint)
), entering AS (
    SELECT next.id
    FROM account
    CROSS JOIN LATERAL (
        SELECT j.id FROM jobs j
        WHERE j.user_id = account.id AND j.status = 'pending' AND NOT j.awaits_parent
        ORDER BY j.priority, j.id
        LIMIT greatest(0, account.slots - (
            SELECT count(*) FROM jobs WHERE user_id = account.id AND status IN ('validating', 'queued', 'processing')))
    ) next
    UNION ALL
    SELECT j.id FROM jobs j WHERE j.id = ANY (:job_ids::uuid[]) AND j.status = 'validating'
), measured AS MATERIALIZED (
    SELECT j.id, j.user_id, j.lane, j.priority, film.seconds,
        coalesce(s.base_seconds + s.per_second * film.seconds, s.median * film.seconds) AS estimated_seconds,
        NOT EXISTS (SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
                    WHERE i.job_id = j.id AND a.status <> 'ready') AS is_ready,
        -- A job submitted before its film was measured was priced for the longest film.
        (greatest(1, j.price * least(1, film.seconds / nullif(j.output_seconds, 0))) * account.tag_per_credit)::bigint
            AS cost
    FROM entering
    JOIN jobs j ON j.id = entering.id
    JOIN account ON account.id = j.user_id
    CROSS JOIN LATERAL (
        -- An extension is as much longer than its parent's film as was asked for.
        SELECT least(j.output_seconds, max(known.duration_seconds)
            + CASE j.job_type WHEN 'extend' THEN coalesce((j.options->>'seconds')::float8, 0) ELSE 0 END) AS seconds
        FROM (SELECT a.duration_seconds FROM job_inputs i JOIN assets a ON a.id = i.asset_id
              WHERE i.job_id = j.id AND i.role = 'motion'
              UNION ALL
              SELECT a.duration_seconds FROM assets a
              WHERE a.job_id = j.parent_job_id AND a.role = 'output' AND a.status = 'ready') known
    ) film
    LEFT JOIN speeds s ON s.model = j.model AND s.job_type = j.job_type AND s.quality = coalesce(j.quality, '')
        AND s.resolution = coalesce(j.options->>'resolution', '')
), tag AS MATERIALIZED (
    SELECT * FROM take_tags((
        SELECT jsonb_agg(jsonb_build_object(
            'job_id', id, 'user_id', user_id, 'lane', lane, 'place', priority, 'cost', cost))
        FROM measured WHERE is_ready))
)
UPDATE jobs j
SET status = CASE WHEN measured.is_ready THEN 'queued' ELSE 'validating' END,
    queued_at = CASE WHEN measured.is_ready THEN now() END,
    run_at = now(),
    fair_rank = coalesce(tag.start_tag, j.fair_rank),
    fair_cost = coalesce(tag.cost, j.fair_cost),
    output_seconds = CASE WHEN measured.is_ready THEN measured.seconds ELSE j.output_seconds END,
    estimated_seconds = CASE WHEN measured.is_ready THEN measured.estimated_seconds END
FROM measured LEFT JOIN tag ON tag.job_id = measured.id
WHERE j.id = measured.id AND (measured.is_ready OR j.status = 'pending')
RETURNING j.*;

-- name: list_refused_inputs(job_ids)
-- The validating jobs among some that name a file which can never become ready, and why.
SELECT DISTINCT ON (j.id) j.*, i.role AS refused_role, a.error_message AS refused_because
FROM jobs j JOIN job_inputs i ON i.job_id = j.id JOIN assets a ON a.id = i.asset_id
WHERE j.id = ANY (:job_ids::uuid[]) AND j.status = 'validating' AND a.status IN ('rejected', 'deleted')
ORDER BY j.id, i.role;

-- name: list_waiting_for_asset(asset_id)
-- The validating jobs that name a file.
SELECT j.id FROM job_inputs i JOIN jobs j ON j.id = i.job_id
WHERE i.asset_id = :asset_id AND j.status = 'validating';

-- name: give_back_shares(job_ids)!
-- Move accounts forward again by what jobs will not use after all, but not before the clock.
UPDATE shares s SET finish_tag = greatest(clock.virtual_time, s.finish_tag - unused.cost)
FROM (SELECT user_id, lane, priority AS place, sum(fair_cost)::bigint AS cost
      FROM jobs WHERE id = ANY (:job_ids::uuid[]) GROUP BY user_id, lane, priority) unused
JOIN lane_clocks clock ON clock.lane = unused.lane AND clock.place = unused.place
WHERE s.user_id = unused.user_id AND s.lane = unused.lane AND s.place = unused.place;

-- name: end_jobs(rows)
-- Move jobs on from what they were doing: to their end, or back into their lanes.
UPDATE jobs j
SET status = new.status,
    progress = CASE new.status WHEN 'completed' THEN 100 ELSE j.progress END,
    progress_text = NULL,
    lease = NULL,
    lease_until = NULL,
    worker_id = CASE new.status WHEN 'queued' THEN NULL ELSE j.worker_id END,
    completed_at = CASE new.status WHEN 'queued' THEN NULL ELSE now() END,
    processing_seconds = CASE new.status WHEN 'completed' THEN extract(epoch FROM now() - j.started_at) END,
    run_at = CASE new.status WHEN 'queued' THEN now() + make_interval(secs => new.delay_seconds) ELSE j.run_at END,
    max_attempts = j.max_attempts + new.spared,
    error_code = new.error_code,
    error_message = new.error_message,
    cancelled_reason = new.cancelled_reason,
    credits_charged = new.credits_charged,
    watermark_applied = coalesce(new.watermark_applied, j.watermark_applied),
    short_id = new.short_id,
    video_id = new.video_id,
    image_id = new.image_id
FROM jsonb_to_recordset(:rows) AS new (
    id uuid, status text, delay_seconds double precision, spared smallint, error_code text, error_message text,
    cancelled_reason text, credits_charged integer, watermark_applied boolean, short_id text, video_id uuid,
    image_id uuid)
WHERE j.id = new.id
RETURNING j.*;

-- name: save_qualities(rows)!
-- Keep what engines measured on what they made; a statement of its own, for few measure anything.
UPDATE jobs j SET quality_rating = new.rating, quality_improvement = new.gain
FROM jsonb_to_recordset(:rows) AS new (id uuid, rating numeric, gain numeric)
WHERE j.id = new.id;

-- name: release_children(parent_ids)
-- Let the children of completed jobs wait for a slot, no longer for their parent.
UPDATE jobs SET awaits_parent = false
WHERE parent_job_id = ANY (:parent_ids::uuid[]) AND awaits_parent AND status = 'pending'
RETURNING id;

-- name: cancel_children(parent_ids)
-- Cancel what waits for jobs that will not complete, and what waits for that.
WITH RECURSIVE waiting AS (
    SELECT id FROM jobs WHERE parent_job_id = ANY (:parent_ids::uuid[]) AND status = 'pending' AND awaits_parent
    UNION ALL
    SELECT child.id FROM waiting JOIN jobs child ON child.parent_job_id = waiting.id
    WHERE child.status = 'pending' AND child.awaits_parent
)
UPDATE jobs SET status = 'cancelled', cancelled_reason = 'parent_failed', completed_at = now()
WHERE id IN (SELECT id FROM waiting)
RETURNING *;

-- name: request_cancel(job_ids, reason)!
-- Ask the workers that run jobs to stop; the first reason stays.
UPDATE jobs
SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    cancel_requested_reason = coalesce(cancel_requested_reason, :reason), updated_at = now()
WHERE id = ANY (:job_ids::uuid[]);

-- name: notify_cancel()$
-- Tell the workers that some job should stop; the next renewal would tell them anyhow.
SELECT pg_notify('rushes_cancels', '');

-- name: list_overdue(count)
-- Jobs past the time at which their owners wanted them cancelled.
SELECT id, user_id FROM jobs
WHERE auto_cancel_at < now() AND status IN ('pending', 'validating', 'queued', 'processing')
  AND auto_cancel_at IS NOT NULL AND cancel_requested_at IS NULL
ORDER BY auto_cancel_at
LIMIT :count;

-- name: submit_again(job_id, hold_id, price, max_attempts, watermark)^
-- Let a failed job begin anew, with a new hold and as many attempts as its model allows, with the mark or without.
UPDATE jobs
SET status = 'pending', hold_id = :hold_id, price = :price, watermark_applied = :watermark,
    attempts_before = attempts, max_attempts = attempts + :max_attempts, error_code = NULL, error_message = NULL, completed_at = NULL,
    cancel_requested_at = NULL, cancel_requested_reason = NULL, aged_at = NULL, place = priority,
    auto_cancel_at = CASE WHEN auto_cancel_at > now() THEN auto_cancel_at END
WHERE id = :job_id
RETURNING *;

-- name: list_held_up(plans)
-- Accounts with free slots whose pending jobs nobody let in, or whose checked jobs nobody queued.
SELECT u.id FROM users u JOIN jsonb_to_recordset(:plans) AS plan (name text, slots integer) ON plan.name = u.plan
WHERE u.id IN (SELECT user_id FROM jobs WHERE status = 'pending' AND NOT awaits_parent)
  AND coalesce(u.slots, plan.slots) > (
      SELECT count(*) FROM jobs WHERE user_id = u.id AND status IN ('validating', 'queued', 'processing'))
UNION
SELECT j.user_id FROM jobs j
WHERE j.status = 'validating'
  AND NOT EXISTS (SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
                  WHERE i.job_id = j.id AND a.status IN ('uploading', 'checking'));

-- name: list_validating(user_id)
-- An account's validating jobs.
SELECT id FROM jobs WHERE user_id = :user_id AND status = 'validating';
