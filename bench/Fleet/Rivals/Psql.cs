using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Rivals;

/// <summary>PostgreSQL's own client with one transaction for each target: the floor for <c>--atomic instance</c>.</summary>
internal static class Psql
{
    private const string Name = "psql, one transaction each";
    private static readonly string[] Quiet = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"];

    public static Rival Of(DatabaseFleet fleet)
    {
        var script = fleet.File("psql/all.sql", Script());
        return new Rival(Rival.UnderXargs(Name, fleet, [.. Quiet, "-1", "-d", "{}", "-f", script]), Proof.JournalOfOne, new Aim(0.70))
        {
            Environment = fleet.Server.Environment,
        };
    }

    /// <summary>Four sessions, each with a quarter of the schemas.</summary>
    public static Rival Of(SchemaFleet fleet)
    {
        var script = Script();
        var parts = fleet.Schemas.Chunk((fleet.Count + 3) / 4).Select((schemas, i) => fleet.File($"psql/{i}.sql", string.Concat(
            schemas.Select(schema => $"BEGIN;\nSET LOCAL search_path = {schema};\n{script}COMMIT;\n"))));
        var names = fleet.File("psql/parts", string.Join('\n', parts) + "\n");
        string[] command = ["-a", names, "-P4", "-I{}", .. Quiet, "-d", SchemaFleet.Database, "-f", "{}"];
        return new Rival(new Contender($"{Name}, 4 sessions", "xargs", command), Proof.JournalOfOne, new Aim(1.00))
        {
            Environment = fleet.Server.Environment,
        };
    }

    /// <summary>Reads every journal's rows, 500 schemas at a time, as the host must to know that there is nothing to do.</summary>
    public static Contender Reading(SchemaFleet fleet)
    {
        var queries = fleet.Schemas.Chunk(500).Select(batch => string.Join("\nUNION ALL ", batch.Select((schema, i) => $"""
            SELECT {i} AS i, scope, component, version, module, sha256, state, by_hand, note, error, run_id, host, started_at, finished_at
            FROM {schema}.krang_upgrade_journal
            """)) + "\nORDER BY i, started_at, version;\n");
        var script = fleet.File("psql/read.sql", string.Concat(queries));
        string[] options = [.. Quiet[1..], "-d", SchemaFleet.Database, "-o", "/dev/null", "-f", script];
        return new Contender("psql that reads the journals, one session", "psql", options);
    }

    private static string Script()
    {
        var run = Guid.CreateVersion7();
        return CmsJournal.Table + "\n" + string.Concat(Cms.Steps.Select(step => $"{step.Sql}\n{CmsJournal.RowText(step, run)}\n"));
    }
}
