using Npgsql;

// The least that a program does which asks PostgreSQL something: one connection, one row. Argument: the connection string.
await using var connection = new NpgsqlConnection(args[0]);
await connection.OpenAsync();
await using var command = new NpgsqlCommand("SELECT current_database()", connection);
Console.WriteLine(await command.ExecuteScalarAsync());
