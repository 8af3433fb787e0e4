-- name: describe_share(short_id)^
-- What made the output behind a link in force, and whether search engines may list it; it asks for nobody's viewer.
SELECT model, engine, generative, signed, listed FROM describe_share(:short_id);

-- name: report_share(short_id, report)$
-- Put what is behind a link in force before the eyes of the administrators; it asks for nobody's viewer.
SELECT report_share(:short_id, :report);

-- name: find_own_link(short_id, user_id)$
-- The job of the viewer that a link in force leads to.
SELECT j.id FROM jobs j JOIN job_shares s ON s.job_id = j.id
WHERE j.short_id = :short_id AND j.user_id = :user_id AND s.revoked_at IS NULL;

-- name: list_link(job_id, user_id, listed)$
-- Let search engines list the page of a link of the viewer, or not.
UPDATE job_shares SET listed = :listed
WHERE job_id = :job_id AND user_id = :user_id AND revoked_at IS NULL
RETURNING job_id;
