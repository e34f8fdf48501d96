UPDATE story SET published = timestamptz '2026-01-01' + id * interval '1 hour' WHERE mod(id, 10) <> 0;
