CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL, joined timestamptz NOT NULL DEFAULT now());
INSERT INTO author (id, name) SELECT n, 'Author ' || n FROM generate_series(1, 50) n;
