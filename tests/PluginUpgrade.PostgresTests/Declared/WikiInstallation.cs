namespace PluginUpgrade.PostgresTests.Declared;

/// <summary>An installation with the declared schema of tests/Modules/Wiki, and the module of its version 0.6.1.</summary>
internal static class WikiInstallation
{
    public const string Old = "0.0.20", New = "0.6.1";

    public static async Task<TestInstallation> CreateAsync(TestServer server, params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances.Length == 0 ? ["acme"] : instances);
        installation.DropBuilt(BuiltFiles.TestModule("Wiki"), "Wiki");
        installation.DropBuilt(BuiltFiles.TestModule("WikiSteps"), "WikiSteps");
        return installation;
    }

    /// <summary>At the version before the newest, with rows whose contents the module moves.</summary>
    public static async Task<TestInstallation> CreateOldAsync(TestServer server, params string[] instances)
    {
        if (instances.Length == 0) instances = ["acme"];
        var installation = await CreateAsync(server, instances);
        await installation.SucceedsAsync("--to", Old, "--yes");
        foreach (var schema in instances)
            await installation.ExecuteAsync($"""
                INSERT INTO {schema}.users (name, zip, extra_info) VALUES ('ada', 'ab1', 'first'), ('bob', NULL, NULL);
                INSERT INTO {schema}.pages (title, owner) VALUES ('old', 1), ('new', 2)
                """);
        return installation;
    }

    /// <summary>What the module has made of the rows.</summary>
    public static async Task IsNewAsync(this TestInstallation installation, string schema = "acme")
    {
        Assert.Equal(["ada AB1 first 1", "bob - - 2"], await installation.QueryAsync($"""
            SELECT concat_ws(' ', name, coalesce(postcode, '-'), coalesce(nullif(info, ''), '-'), created_by)
            FROM {schema}.users ORDER BY id
            """));
        Assert.Equal(["new new", "old archived"], await installation.QueryAsync(
            $"SELECT concat_ws(' ', title, status) FROM {schema}.pages ORDER BY 1"));
        Assert.Equal(["id", "name", "postcode", "created_by", "info"], await installation.QueryAsync($"""
            SELECT attname FROM pg_attribute WHERE attrelid = '{schema}.users'::regclass AND attnum > 0 AND NOT attisdropped
            ORDER BY attname = 'id' DESC, attname = 'name' DESC, attname = 'postcode' DESC, attname = 'created_by' DESC
            """));
        Assert.Equal(["0.0.1 done WikiSchema", "0.0.20 done WikiSchema", "0.6.1 done V0_6_1"], await installation.JournalAsync(schema));
    }
}
