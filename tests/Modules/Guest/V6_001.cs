using Npgsql;
using PluginUpgrade;

namespace Guest;

/// <summary>Opens connections besides its own. What it does with them is its setting Guest: a wish of the test.</summary>
[UpgradeModule("6.001")]
public sealed class V6_001 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => instance.Settings["Wish"] switch
    {
        "describe" => DescribeAsync(instance, cancellationToken),
        "leave open" => LeaveOpenAsync(instance, cancellationToken),
        "leave busy" => LeaveBusyAsync(instance, cancellationToken),
        "fail" => FailAsync(instance, cancellationToken),
        "wait for itself" => WaitForItselfAsync(instance, cancellationToken),
        "hang" => HangAsync(instance),
        "map" => MapAsync(instance, cancellationToken),
        "write" => WriteAsync(instance, cancellationToken),
        "many" => ManyAsync(instance, cancellationToken),
        var other => throw new InvalidOperationException($"No such wish: {other}"),
    };

    private static async Task DescribeAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync("CREATE TABLE told (what text, own text, other text)", cancellationToken);
        await using var other = await context.OpenConnectionAsync(cancellationToken);
        foreach (var what in new[]
        {
            "current_database()", "current_user::text", "current_schema()::text", "current_setting('search_path')",
            "current_setting('client_encoding')", "current_setting('application_name')", "current_setting('lock_timeout')",
            "current_setting('statement_timeout')", "current_setting('idle_in_transaction_session_timeout')",
            "to_regclass('told')::text", "pg_backend_pid()::text",
        })
        {
            await using var tell = new NpgsqlCommand("INSERT INTO told VALUES ($1, $2, $3)", context.Connection);
            foreach (var value in new[] { what, await AskAsync(context.Connection, what), await AskAsync(other, what) })
                tell.Parameters.Add(new NpgsqlParameter { Value = value });
            await tell.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<string> AskAsync(NpgsqlConnection connection, string what)
    {
        await using var ask = new NpgsqlCommand($"SELECT coalesce({what}, 'nothing')", connection);
        return (string)(await ask.ExecuteScalarAsync())!;
    }

    private static async Task LeaveOpenAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        var left = await context.OpenConnectionAsync(cancellationToken);
        await SendAsync(left, "CREATE TABLE kept (id int)");
        await SendAsync(left, "BEGIN; CREATE TABLE lost (id int)");
    }

    private static async Task LeaveBusyAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        var left = await context.OpenConnectionAsync(cancellationToken);
        _ = SendAsync(left, "SELECT pg_sleep(600); CREATE TABLE lost (id int)");
        await Task.Delay(100, cancellationToken);
    }

    private static async Task FailAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync("CREATE TABLE lost (id int)", cancellationToken);
        await using var other = await context.OpenConnectionAsync(cancellationToken);
        await SendAsync(other, "CREATE TABLE kept (id int)");
        throw new InvalidOperationException("failed on purpose");
    }

    private static async Task WaitForItselfAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync("LOCK TABLE there IN ACCESS EXCLUSIVE MODE", cancellationToken);
        await using var other = await context.OpenConnectionAsync(cancellationToken);
        await SendAsync(other, "INSERT INTO there VALUES (1)");
    }

    /// <summary>Heeds no token: only the end of the session ends it.</summary>
    private static async Task HangAsync(UpgradeContext context)
    {
        await using var other = await context.OpenConnectionAsync(CancellationToken.None);
        await SendAsync(other, "SELECT pg_sleep(600)");
    }

    public enum Mood
    {
        Sad,
        Happy,
    }

    private static async Task MapAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        await using (var maker = await context.OpenConnectionAsync(cancellationToken))
            await SendAsync(maker, "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE mapped (mood mood)");
        await using var other = await context.OpenConnectionAsync(
            source => source.MapEnum<Mood>($"{context.Schema}.mood"), cancellationToken);
        await using var insert = new NpgsqlCommand("INSERT INTO mapped VALUES ($1)", other);
        insert.Parameters.Add(new NpgsqlParameter { Value = Mood.Happy });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task WriteAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        await using var other = await context.OpenConnectionAsync(cancellationToken);
        await SendAsync(other, "CREATE TABLE kept (id int)");
    }

    private static async Task ManyAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        List<NpgsqlConnection> many = [];
        for (var i = 0; i < 3; i++) many.Add(await context.OpenConnectionAsync(cancellationToken));
        foreach (var one in many) await one.DisposeAsync();
        await context.ExecuteAsync("CREATE TABLE done (id int)", cancellationToken);
    }

    private static async Task SendAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
