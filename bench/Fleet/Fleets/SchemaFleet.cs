using System.Globalization;

namespace PluginUpgrade.Bench.Fleets;

/// <summary>Every target is a schema of one database.</summary>
internal sealed record SchemaFleet(Server Server, string Work, int Count) : Fleet(Server, Work, Count)
{
    public const string Database = "fleet";
    private const string Discover = "SELECT nspname::text AS name, nspname::text AS schema FROM pg_namespace WHERE nspname ~ '^s[0-9]+$'";

    // A transaction keeps a lock on every table and index that it has seen, and the server's table of locks holds 6,400 by default.
    private const int Chunk = 200;

    public IReadOnlyList<string> Schemas { get; } =
        [.. Enumerable.Range(1, Count).Select(i => i.ToString("'s'00000", CultureInfo.InvariantCulture))];

    public override IReadOnlyList<string> Databases => [Database];

    public override object Installation => new { Name = "bench", Database = Server.ConnectionTo(Database), Schema = "installation" };

    public override (string Key, object Value) Instances => ("Discover", new { Query = Discover });

    private string Template => string.Create(CultureInfo.InvariantCulture, $"template_{Count}");

    public override async Task ResetAsync()
    {
        if (!await Server.AskAsync<bool>($"SELECT true FROM pg_database WHERE datname = '{Template}'")) await MakeTemplateAsync();
        await Server.MakeAsync(Database, Template);
    }

    public async Task DropAsync()
    {
        await Server.DropAsync(Database);
        await Server.DropAsync(Template);
    }

    public override async Task<string> ShapeAsync() => await Server.AskAsync<string>(Shape.Sql(Schemas[0]), Database) ?? "";

    protected override async Task<long> CountAsync(Proof proof)
    {
        var proven = 0L;
        foreach (var chunk in Schemas.Chunk(Chunk))
        {
            var each = string.Join(" UNION ALL ", chunk.Select(schema => $"SELECT {proof.In(schema)} AS ok"));
            proven += await Server.AskAsync<long>($"SELECT count(*) FROM ({each}) proofs WHERE ok", Database);
        }
        return proven;
    }

    private async Task MakeTemplateAsync()
    {
        await Server.MakeAsync(Template);
        foreach (var chunk in Schemas.Prepend("installation").Chunk(Chunk))
            await Server.ExecuteAsync(string.Concat(chunk.Select(schema => $"CREATE SCHEMA {schema};")), Template);
        await Server.ExecuteAsync("VACUUM ANALYZE", Template);
    }
}
