-- name: has_passed(moment)$
-- Whether a moment is over, by the clock that deadlines are kept by.
SELECT :moment::timestamptz <= now();
