CREATE INDEX story_by_author ON story (author_id);
