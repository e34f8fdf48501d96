ALTER TABLE story ADD CONSTRAINT story_author FOREIGN KEY (author_id) REFERENCES author (id);
