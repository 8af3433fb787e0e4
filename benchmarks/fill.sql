-- What benchmarks/fill.py fills a database with; :jobs, :accounts and :key_prefix are put in before.
CREATE FUNCTION pg_temp.numbered(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN (kind || '000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;

INSERT INTO users (id, email, password_hash, credits)
SELECT pg_temp.numbered('0a', n), n || '@example.org', '*', 1000000
FROM generate_series(0, :accounts - 1) n;

INSERT INTO api_keys (id, user_id, name, prefix, key_sha256, last_used_at)
SELECT pg_temp.numbered('0b', n), pg_temp.numbered('0a', n), 'bench', 'bench',
       sha256((:key_prefix || n)::bytea), now()
FROM generate_series(0, least(:accounts, 1000) - 1) n;

-- The n-th job is the latest of its account but for `age` others.
INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, prompt, options,
                  created_at, updated_at, queued_at, started_at, completed_at, processing_seconds, progress,
                  attempts, credits_charged, short_id, lease, lease_until, error_code, cancelled_reason,
                  fair_rank)
SELECT pg_temp.numbered('0c', n), pg_temp.numbered('0a', n % :accounts), 'base', 'motion', 'cpu', 10, false,
       status, 'A fox in the snow, at dusk, seen from above.',
       '{"resolution": "480p", "video_quality": "high", "safety_checker_image": true,
          "safety_checker_video": true, "advanced": {"seed": 7, "inference_steps": 20, "cfg_scale": 1.5}}',
       made_at, made_at, made_at, CASE WHEN status IN ('processing', 'completed') THEN made_at END,
       CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN made_at END,
       CASE status WHEN 'completed' THEN 12.5 END, CASE status WHEN 'completed' THEN 100 ELSE 0 END,
       1, CASE status WHEN 'completed' THEN 10 ELSE 0 END,
       CASE status WHEN 'completed' THEN lpad(to_hex(n), 8, '0') END,
       CASE status WHEN 'processing' THEN gen_random_uuid() END,
       CASE status WHEN 'processing' THEN now() + interval '1 day' END,
       CASE status WHEN 'failed' THEN 'test' END, CASE status WHEN 'cancelled' THEN 'user' END, n
FROM generate_series(0, :jobs - 1) n
CROSS JOIN LATERAL (SELECT now() - (:jobs - n) * interval '3 seconds' AS made_at,
                           (:jobs - 1 - n) / :accounts AS age) of_job
CROSS JOIN LATERAL (SELECT CASE WHEN age < 2 THEN 'pending' WHEN age = 2 THEN 'queued'
                                WHEN age = 3 THEN 'processing' WHEN age % 20 = 8 THEN 'failed'
                                WHEN age % 20 = 16 THEN 'cancelled' ELSE 'completed' END AS status) in_state;

INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, bytes, sha256, width, height,
                    duration_seconds, fps, frames, codec, created_at)
SELECT pg_temp.numbered(CASE role WHEN 'motion' THEN '0d' ELSE '0e' END, n), pg_temp.numbered('0a', n), role,
       CASE role WHEN 'motion' THEN 'videos' ELSE 'images' END, 'in/' || n || '/' || role,
       CASE role WHEN 'motion' THEN 'video/mp4' ELSE 'image/png' END, 'ready', 100000, repeat('0', 64), 854, 480,
       CASE role WHEN 'motion' THEN 5 END, CASE role WHEN 'motion' THEN 24 END,
       CASE role WHEN 'motion' THEN 120 END, CASE role WHEN 'motion' THEN 'h264' END, now()
FROM generate_series(0, :accounts - 1) n CROSS JOIN (VALUES ('motion'), ('reference')) roles (role);

INSERT INTO job_inputs (job_id, role, asset_id)
SELECT pg_temp.numbered('0c', n), role,
       pg_temp.numbered(CASE role WHEN 'motion' THEN '0d' ELSE '0e' END, n % :accounts)
FROM generate_series(0, :jobs - 1) n CROSS JOIN (VALUES ('motion'), ('reference')) roles (role);

INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256, width, height,
                    duration_seconds, fps, frames, codec, created_at)
SELECT pg_temp.numbered('0f', row_number() OVER ()), user_id, id, 'output', 'outputs', 'out/' || id || '/output.mp4',
       'video/mp4', 'ready', 1000000, repeat('0', 64), 854, 480, 5, 24, 120, 'h264', created_at
FROM jobs WHERE status = 'completed';
