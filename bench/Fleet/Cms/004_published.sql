ALTER TABLE story ADD COLUMN published timestamptz;
