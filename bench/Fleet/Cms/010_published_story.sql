CREATE VIEW published_story AS
SELECT s.id, s.title, a.name AS author, s.published FROM story s JOIN author a ON a.id = s.author_id WHERE s.published IS NOT NULL;
