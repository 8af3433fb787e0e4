-- name: enter_administration()$
-- Take the role of administration until the transaction ends; refused unless the viewer is an administrator.
SELECT enter_administration();
