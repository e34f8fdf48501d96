CREATE TABLE tag (name text PRIMARY KEY);
CREATE TABLE story_tag (
  story_id integer NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  tag text NOT NULL REFERENCES tag (name),
  PRIMARY KEY (story_id, tag));
INSERT INTO tag VALUES ('news'), ('essay');
INSERT INTO story_tag SELECT id, 'news' FROM story ORDER BY id LIMIT 100;
