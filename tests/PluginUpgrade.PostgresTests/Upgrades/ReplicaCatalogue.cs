using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>The second example's installation: the instance <c>catalogue</c> at 1.7, with three sources and batches to replay.</summary>
internal static class ReplicaCatalogue
{
    public static async Task<TestInstallation> CreateAsync(TestServer server)
    {
        var installation = await TestInstallation.CreateAsync(server, "catalogue");
        foreach (var name in (string[])["V1_007", "V2_000"]) installation.DropBuilt(BuiltFiles.Example($"replica/{name}"), name);
        installation.Settings["Modules"] = new JsonObject
        {
            ["V2_000"] = new JsonObject { ["Name"] = "shops", ["Sources"] = Sources() },
        };
        await installation.SucceedsAsync("--to", "1.7");
        await installation.ExecuteAsync(Data);
        return installation;
    }

    public static JsonObject SourcesOf(TestInstallation installation) =>
        installation.Settings["Modules"]!["V2_000"]!["Sources"]!.AsObject();

    /// <summary>The version of the catalogue, and whether it is complete.</summary>
    public static async Task IsOldAsync(TestInstallation installation)
    {
        Assert.Equal("1.007 done V1_007", (await installation.JournalAsync("catalogue"))[0]);
        Assert.Equal(["orders shop_db shop", "people crm_db crm", "stock stock_db stock"], await installation.QueryAsync(
            "SELECT concat_ws(' ', name, origin, destination_schema) FROM catalogue.source ORDER BY name"));
        // The old program goes on.
        await installation.ExecuteAsync(
            "INSERT INTO catalogue.batch (source_id, log_file, log_position, replayed_at) VALUES (1, 7, 900, now())");
    }

    public static async Task IsNewAsync(TestInstallation installation)
    {
        Assert.Equal(["1.007 done V1_007", "2.000 done V2_000"], await installation.JournalAsync("catalogue"));
        Assert.Equal(["crm_db crm 1", "shop_db shop 2", "stock_db stock 1"], await installation.QueryAsync(
            "SELECT concat_ws(' ', origin, destination_schema, tables) FROM catalogue.status WHERE source = 'shops' ORDER BY 1"));
    }

    private static JsonObject Sources() => new()
    {
        ["orders"] = new JsonObject { ["Database"] = "shop_db", ["Schema"] = "shop" },
        ["stock"] = new JsonObject { ["Database"] = "stock_db", ["Schema"] = "stock" },
        ["people"] = new JsonObject { ["Database"] = "crm_db", ["Schema"] = "crm" },
    };

    private const string Data = """
        CREATE SCHEMA shop; CREATE SCHEMA stock; CREATE SCHEMA crm;
        CREATE TABLE shop.purchase (id integer PRIMARY KEY, total numeric); INSERT INTO shop.purchase VALUES (1, 10);
        CREATE TABLE shop."Line" (id integer PRIMARY KEY);
        CREATE TABLE stock.item (id integer PRIMARY KEY, name text);
        CREATE TABLE crm.person (id integer PRIMARY KEY);
        SET search_path = catalogue;
        INSERT INTO source (name, origin, destination_schema)
        VALUES ('orders', 'shop_db', 'shop'), ('stock', 'stock_db', 'stock'), ('people', 'crm_db', 'crm');
        INSERT INTO replicated_table (source_id, name) VALUES (1, 'purchase'), (1, 'Line'), (2, 'item'), (3, 'person');
        INSERT INTO batch (source_id, log_file, log_position, replayed_at)
        VALUES (1, 7, 400, now()), (2, 8, 100, now()), (3, 6, 9000, now());
        INSERT INTO batch (source_id, log_file, log_position) VALUES (1, 7, 900);
        INSERT INTO log_row (batch_id, table_id, removed, added) VALUES
          (4, 1, NULL, '{"id": 2, "total": 20}'), (4, 1, '{"id": 1, "total": 10}', '{"id": 1, "total": 15}'), (4, 2, NULL, '{"id": 7}');
        INSERT INTO batch (source_id, log_file, log_position) SELECT 2, 8, 100 + i FROM generate_series(1, 25) i;
        INSERT INTO log_row (batch_id, table_id, added) SELECT batch_id, 3, jsonb_build_object('id', batch_id, 'name', 'item')
        FROM batch WHERE source_id = 2 AND replayed_at IS NULL;
        """;
}
