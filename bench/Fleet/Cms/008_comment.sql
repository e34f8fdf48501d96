CREATE TABLE comment (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  story_id integer NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  body text NOT NULL,
  written timestamptz NOT NULL DEFAULT now());
CREATE INDEX comment_by_story ON comment (story_id);
