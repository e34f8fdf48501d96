using Npgsql;
using PluginUpgrade;

namespace Misbehaving;

/// <summary>Does what modules should not, as its settings say: <c>"Modules": { "V1_002": { "Do": "commit" } }</c>.</summary>
public sealed class V1_002 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        if (instance.Settings["Only"] is { } only && only != instance.Name)
        {
            await instance.ExecuteAsync("INSERT INTO story VALUES ('good')", cancellationToken);
            return;
        }
        await instance.ExecuteAsync("INSERT INTO story VALUES ('first'); CREATE TABLE made ()", cancellationToken);
        await DoAsync(instance, instance.Settings[$"DoOn:{instance.Name}"] ?? instance.Settings["Do"] ?? "nothing", cancellationToken);
    }

    private static Task DoAsync(InstanceContext instance, string what, CancellationToken cancellationToken) => what switch
    {
        "nothing" => Task.CompletedTask,
        "throw" => throw new InvalidOperationException("thrown on purpose"),
        "swallow" => SwallowAsync(instance, cancellationToken),
        "rollback, begin, swallow" => ThenSwallowAsync(instance, "ROLLBACK; INSERT INTO story VALUES ('kept'); BEGIN", cancellationToken),
        "begin" => instance.Connection.BeginTransactionAsync(cancellationToken).AsTask(),
        "close" => instance.Connection.CloseAsync(),
        "dispose" => instance.Connection.DisposeAsync().AsTask(),
        "reopen" => ReopenAsync(instance, cancellationToken),
        "reader" => new NpgsqlCommand("SELECT generate_series(1, 100000)", instance.Connection).ExecuteReaderAsync(cancellationToken),
        "commit, throw" => ThenThrowAsync(instance, "COMMIT", cancellationToken),
        "commit, begin, throw" => ThenThrowAsync(instance, "COMMIT; BEGIN; INSERT INTO story VALUES ('second')", cancellationToken),
        "commit, close" => ThenCloseAsync(instance, "COMMIT", cancellationToken),
        "rollback, throw" => ThenThrowAsync(instance, "ROLLBACK; INSERT INTO story VALUES ('second')", cancellationToken),
        _ => Worse.DoAsync(instance, what, cancellationToken) ?? SendAsync(instance, what, cancellationToken),
    };

    /// <summary>Statement by statement: several at once would be one transaction of their own.</summary>
    private static async Task SendAsync(InstanceContext instance, string sql, CancellationToken cancellationToken)
    {
        foreach (var statement in sql.Split("; ")) await instance.ExecuteAsync(statement, cancellationToken);
    }

    private static async Task SwallowAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        try
        {
            await instance.ExecuteAsync("INSERT INTO nowhere VALUES (1)", cancellationToken);
        }
        catch (PostgresException)
        {
            // On purpose.
        }
    }

    private static async Task ReopenAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.Connection.CloseAsync();
        await instance.Connection.OpenAsync(cancellationToken);
        await instance.ExecuteAsync($"INSERT INTO {PostgresName.Quote(instance.Schema)}.story VALUES ('second')", cancellationToken);
    }

    private static async Task ThenSwallowAsync(InstanceContext instance, string sql, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync($"SET search_path = {PostgresName.Quote(instance.Schema)}", cancellationToken);
        await SendAsync(instance, sql, cancellationToken);
        await SwallowAsync(instance, cancellationToken);
    }

    private static async Task ThenThrowAsync(InstanceContext instance, string sql, CancellationToken cancellationToken)
    {
        await SendAsync(instance, sql, cancellationToken);
        throw new InvalidOperationException("thrown on purpose");
    }

    private static async Task ThenCloseAsync(InstanceContext instance, string sql, CancellationToken cancellationToken)
    {
        await SendAsync(instance, sql, cancellationToken);
        await instance.Connection.CloseAsync();
    }
}
