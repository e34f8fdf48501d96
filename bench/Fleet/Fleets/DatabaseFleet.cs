using System.Globalization;

namespace PluginUpgrade.Bench.Fleets;

/// <summary>Every target is a database.</summary>
internal sealed record DatabaseFleet(Server Server, string Work, int Count) : Fleet(Server, Work, Count)
{
    private const string Own = "installation";

    /// <summary>What the databases are copies of.</summary>
    public string Template { get; init; } = "template0";

    public override IReadOnlyList<string> Databases { get; } =
        [.. Enumerable.Range(1, Count).Select(i => i.ToString("'fleet'00000", CultureInfo.InvariantCulture))];

    /// <summary>A file with a name on each line.</summary>
    public string Names => File("names", string.Join('\n', Databases) + "\n");

    public override object Installation => new { Name = "bench", Database = Server.ConnectionTo(Own) };

    public override (string Key, object Value) Instances =>
        ("Instances", Databases.ToDictionary(name => name, name => new { Database = $"Database={name}" }));

    public override async Task ResetAsync()
    {
        await Server.MakeAsync(Own);
        foreach (var database in Databases) await Server.MakeAsync(database, Template);
    }

    public async Task DropAsync()
    {
        foreach (var database in Databases.Append(Own)) await Server.DropAsync(database);
    }

    public override async Task<string> ShapeAsync() => await Server.AskAsync<string>(Shape.Sql("public"), Databases[0]) ?? "";

    protected override async Task<long> CountAsync(Proof proof)
    {
        var proven = 0L;
        foreach (var database in Databases)
            if (await Server.AskAsync<bool>($"SELECT {proof.In("public")}", database)) proven++;
        return proven;
    }
}
