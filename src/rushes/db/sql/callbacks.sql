-- name: report_attempt(job_id, number, lease, kind, body)$
-- Keep what a provider says of an attempt that still holds its lease, and wake its worker; answers what became of it.
SELECT report_attempt(:job_id, :number, :lease, :kind, :body);

-- name: list_reports(lease)
-- What was said of an attempt: its latest progress and its end.
SELECT kind, body, received_at FROM attempt_reports WHERE lease = :lease;
