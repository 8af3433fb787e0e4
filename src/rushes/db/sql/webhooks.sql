-- name: insert_endpoint(id, user_id, url, description, format, secret, events)^
-- Add an endpoint.
INSERT INTO webhook_endpoints (id, user_id, url, description, format, secret, events)
VALUES (:id, :user_id, :url, :description, :format, :secret, :events)
RETURNING id, user_id, url, description, format, events, created_at, disabled_at, disabled_reason;

-- name: count_endpoints(user_id)$
-- How many endpoints the viewer has; his row must be locked if he is to have no more than so many.
SELECT count(*) FROM webhook_endpoints WHERE user_id = :user_id;

-- name: list_endpoints(user_id)
-- The viewer's endpoints, newest first.
SELECT id, user_id, url, description, format, events, created_at, disabled_at, disabled_reason
FROM webhook_endpoints WHERE user_id = :user_id ORDER BY created_at DESC, id DESC;

-- name: get_endpoint(endpoint_id, user_id)^
-- One endpoint of the viewer.
SELECT id, user_id, url, description, format, events, created_at, disabled_at, disabled_reason
FROM webhook_endpoints WHERE id = :endpoint_id AND user_id = :user_id;

-- name: update_endpoint(endpoint_id, user_id, url, description, events)^
-- Change what an endpoint of the viewer is told, and where.
UPDATE webhook_endpoints SET url = :url, description = :description, events = :events
WHERE id = :endpoint_id AND user_id = :user_id
RETURNING id, user_id, url, description, format, events, created_at, disabled_at, disabled_reason;

-- name: delete_endpoint(endpoint_id, user_id)$
-- Remove an endpoint of the viewer, and its deliveries.
DELETE FROM webhook_endpoints WHERE id = :endpoint_id AND user_id = :user_id RETURNING id;

-- name: replace_secret(endpoint_id, user_id, secret)$
-- Sign what is sent to an endpoint of the viewer with another secret from now on.
UPDATE webhook_endpoints SET secret = :secret WHERE id = :endpoint_id AND user_id = :user_id RETURNING id;

-- name: disable_endpoint(endpoint_id, user_id, reason)$
-- Send nothing more to an endpoint; it keeps its first reason.
UPDATE webhook_endpoints
SET disabled_at = coalesce(disabled_at, now()), disabled_reason = coalesce(disabled_reason, :reason)
WHERE id = :endpoint_id AND user_id = :user_id
RETURNING id;

-- name: enable_endpoint(endpoint_id, user_id)$
-- Send to an endpoint of the viewer again.
UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL
WHERE id = :endpoint_id AND user_id = :user_id
RETURNING id;

-- name: list_deliveries(endpoint_id, user_id, before_time, before_id, count)
-- A page of the deliveries to one endpoint of the viewer, newest first.
SELECT * FROM webhook_deliveries
WHERE endpoint_id = :endpoint_id AND user_id = :user_id AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: get_delivery(delivery_id, user_id)^
-- One delivery of the viewer.
SELECT * FROM webhook_deliveries WHERE id = :delivery_id AND user_id = :user_id;

-- name: list_tries(delivery_ids, user_id)
-- The tries of deliveries of the viewer, those of each first to last.
SELECT t.* FROM webhook_tries t JOIN webhook_deliveries d ON d.id = t.delivery_id
WHERE t.delivery_id = ANY (:delivery_ids::uuid[]) AND d.user_id = :user_id
ORDER BY t.delivery_id, t.number;

-- name: insert_delivery(id, endpoint_id, user_id, type, payload)^
-- Queue a delivery that no job causes; it is tried once, for somebody waits for the answer.
INSERT INTO webhook_deliveries (id, endpoint_id, user_id, type, payload, give_up_at)
VALUES (:id, :endpoint_id, :user_id, :type, :payload, now())
RETURNING *;

-- name: redeliver(delivery_id, user_id)^
-- Queue a delivery of the viewer that has ended once more, as if it were new: a day of tries, the first waits short.
UPDATE webhook_deliveries
SET status = 'pending', delivered_at = NULL, next_try_at = now(), tries_before = tries,
    give_up_at = now() + CASE type WHEN 'webhook.test' THEN interval '0' ELSE interval '24 hours' END
WHERE id = :delivery_id AND user_id = :user_id AND status <> 'pending' AND type <> 'job.progress'
RETURNING *;

-- name: wake_couriers()$
-- Tell the couriers that something is due.
SELECT pg_notify('rushes_webhooks', '');

-- name: claim_deliveries(count, per_endpoint, endpoint_ids, sending, lease_time)
-- Take due deliveries, few of each endpoint; while one is sent its next try is put off, for who sends it may die.
WITH busy AS (
    SELECT * FROM unnest(:endpoint_ids::uuid[], :sending::integer[]) AS busy (endpoint_id, sending)
), due AS (
    SELECT d.id, d.endpoint_id, d.next_try_at FROM webhook_deliveries d
    WHERE d.status = 'pending' AND d.next_try_at <= now()
      AND NOT EXISTS (SELECT FROM busy b WHERE b.endpoint_id = d.endpoint_id AND b.sending >= :per_endpoint::integer)
    ORDER BY d.next_try_at
    LIMIT 1000
), ranked AS (
    SELECT due.id, coalesce(b.sending, 0) + row_number() OVER (
        PARTITION BY due.endpoint_id ORDER BY due.next_try_at, due.id) AS place
    FROM due LEFT JOIN busy b ON b.endpoint_id = due.endpoint_id
), picked AS (
    SELECT d.id FROM webhook_deliveries d JOIN ranked r ON r.id = d.id
    -- Said again, for another courier may have taken it since `due` was read.
    WHERE r.place <= :per_endpoint::integer AND d.status = 'pending' AND d.next_try_at <= now()
    ORDER BY d.next_try_at
    LIMIT :count
    FOR NO KEY UPDATE OF d SKIP LOCKED
)
UPDATE webhook_deliveries d
SET tries = d.tries + 1, next_try_at = now() + :lease_time
FROM picked, webhook_endpoints e
WHERE d.id = picked.id AND e.id = d.endpoint_id AND e.user_id = d.user_id
RETURNING d.*, e.url, e.secret, e.format,
    CASE WHEN e.disabled_at IS NOT NULL THEN 'The endpoint is disabled: ' || e.disabled_reason
         WHEN d.tries > d.tries_before + 1 AND now() > d.give_up_at + :lease_time THEN 'No try came to an end in time.'
         WHEN d.type = 'job.progress' AND 'processing' IS DISTINCT FROM (SELECT status FROM jobs WHERE id = d.job_id)
             THEN 'The job no longer runs.'
    END AS refusal;

-- name: settle_delivery(delivery_id, number, outcome, response_code, error, seconds, wait)$
-- Note a try, and end the delivery or put it off, unless a later try has begun; answers its state then.
WITH known AS (
    SELECT id, tries, status, give_up_at FROM webhook_deliveries WHERE id = :delivery_id FOR NO KEY UPDATE
), noted AS (
    INSERT INTO webhook_tries (delivery_id, number, tried_at, response_code, error, seconds)
    SELECT id, :number, clock_timestamp() - make_interval(secs => :seconds), :response_code::smallint,
        :error::text, :seconds
    FROM known
), judged AS (
    SELECT id, CASE WHEN :outcome::text = 'pending' AND now() + :wait::interval > give_up_at THEN 'failed'
                    ELSE :outcome END AS status
    FROM known WHERE tries = :number AND status = 'pending'
)
UPDATE webhook_deliveries d
SET status = judged.status, response_code = :response_code, error = :error,
    delivered_at = CASE judged.status WHEN 'delivered' THEN now() END,
    next_try_at = CASE judged.status WHEN 'pending' THEN now() + :wait ELSE now() END
FROM judged
WHERE d.id = judged.id
RETURNING d.status;

-- name: save_progress_deliveries(job_ids, interval)!
-- Queue what running jobs say of themselves; what was not sent yet is replaced, what is sent is at most so frequent.
WITH listening AS (
    SELECT e.id, e.user_id FROM webhook_endpoints e
    WHERE e.user_id IN (SELECT user_id FROM jobs WHERE id = ANY (:job_ids::uuid[]))
      AND e.disabled_at IS NULL AND 'job.progress' = ANY (e.events)
    ORDER BY e.id
    FOR KEY SHARE
)
INSERT INTO webhook_deliveries AS d (endpoint_id, user_id, job_id, type, payload, next_try_at, give_up_at)
SELECT e.id, j.user_id, j.id, 'job.progress', jsonb_build_object(
        'id', j.id, 'status', j.status, 'job_type', j.job_type, 'model', j.model, 'metadata', j.metadata,
        'attempts', j.attempts, 'progress', p.progress, 'progress_text', p.progress_text,
        'estimated_time_remaining', p.eta_seconds, 'created_at', j.created_at),
    greatest(now(), sent.last_at + :interval::interval), now()
FROM jobs j
JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
JOIN listening e ON e.user_id = j.user_id
CROSS JOIN LATERAL (
    SELECT max(w.next_try_at) AS last_at FROM webhook_deliveries w
    WHERE w.endpoint_id = e.id AND w.created_at > now() - 6 * :interval::interval
      AND w.job_id = j.id AND w.type = 'job.progress' AND w.status <> 'pending'
) sent
WHERE j.id = ANY (:job_ids::uuid[]) AND j.status = 'processing'
ORDER BY e.id, j.id
ON CONFLICT (endpoint_id, job_id) WHERE type = 'job.progress' AND status = 'pending'
DO UPDATE SET payload = excluded.payload
-- One that is on its way keeps what it says: the same id never says two things.
WHERE d.tries = 0;
