INSERT INTO story (title, body, author_id)
SELECT 'Story ' || n, repeat('word ', 10), 1 + mod(n, 50) FROM generate_series(1, 1000) n;
