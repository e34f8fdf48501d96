using Npgsql;

namespace PluginUpgrade.PostgresTests.Guards;

/// <summary>The application's guard, on schemas that the program has upgraded.</summary>
public class ASchemaThatAnApplicationRequires(TestServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task J9_suits_every_version_of_the_application_up_to_its_window()
    {
        await using var installation = await UpgradedAsync();
        await using var connection = await installation.OpenAsync();
        foreach (var (oldest, newest) in new (string, string?)[]
            { ("1.002", null), ("1.2.0", "1.2"), ("1.001", null), ("0.9", "1.002"), ("1.001", "2") })
            await RequireAsync(connection, oldest, new GuardOptions { UpTo = newest });

        var old = await ThrowsAsync("KU-9101", connection, "1.003");
        Assert.Equal(("acme", "1.002", "1.003", (UpgradeVersion?)null, "krang-upgrade"),
            (old.Schema, $"{old.Found}", $"{old.Wanted}", old.UpTo, old.Command));
        Assert.Equal(
            "KU-9101 Schema acme has version 1.002. This application needs version 1.003 or newer. Upgrade: krang-upgrade", old.Message);

        var young = await ThrowsAsync("KU-9102", connection, "1.000", new GuardOptions { UpTo = "1.001" });
        Assert.Equal("1.001", $"{young.UpTo}");
        Assert.StartsWith("KU-9102 Schema acme has version 1.002. This application works with version 1.000 to 1.001. ", young.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("krang-upgrade status", young.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task J9_is_asked_over_a_closed_connection_too_and_leaves_it_closed()
    {
        await using var installation = await UpgradedAsync();
        await using var connection = new NpgsqlConnection(installation.Database);
        await RequireAsync(connection, "1.002");
        await ThrowsAsync("KU-9101", connection, "1.003");
        Assert.Equal(System.Data.ConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task Was_never_upgraded_where_it_has_no_journal_or_no_such_rows()
    {
        await using var installation = await UpgradedAsync();
        await using var connection = await installation.OpenAsync();
        var none = await ThrowsAsync("KU-9103", connection, "1", schema: "globex");
        Assert.Null(none.Found);
        Assert.Contains("it was never upgraded, or the name is wrong", none.Message, StringComparison.Ordinal);
        await ThrowsAsync("KU-9103", connection, "1", schema: "ACME");
        await RequireAsync(connection, "1.002", new GuardOptions { Installation = true }, "public");
        var other = await ThrowsAsync("KU-9103", connection, "1", schema: "public");
        Assert.Contains("but as the installation (GuardOptions.Installation)", other.Message, StringComparison.Ordinal);
        var addOn = await ThrowsAsync("KU-9103", connection, "1", new GuardOptions { Component = "Turbo" });
        Assert.Contains("no version of the component Turbo as an instance.", addOn.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Has_a_version_for_each_component()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("Turbo") with { Version = "7.5", Component = "Turbo" });
        await installation.SucceedsAsync();
        await using var connection = await installation.OpenAsync();
        await RequireAsync(connection, "7.5", new GuardOptions { Component = "Turbo" });
        Assert.Equal("7.5", $"{(await ThrowsAsync("KU-9101", connection, "8", new GuardOptions { Component = "Turbo" })).Found}");
        Assert.Equal("1.001", $"{(await ThrowsAsync("KU-9101", connection, "7.5")).Found}");
    }

    [Fact]
    public async Task Does_not_count_what_was_run_by_hand_unless_the_application_says_so()
    {
        await using var installation = await UpgradedAsync();
        installation.Drop(Sample.Counting("V1_003"));
        await installation.SucceedsAsync("run", "V1_003", "acme");
        await using var connection = await installation.OpenAsync();
        var found = await ThrowsAsync("KU-9101", connection, "1.003");
        Assert.Equal("1.002", $"{found.Found}");
        Assert.Contains("Version 1.003 was run by hand, which does not count (GuardOptions.CountRunByHand).", found.Message,
            StringComparison.Ordinal);
        await RequireAsync(connection, "1.003", new GuardOptions { CountRunByHand = true });
    }

    [Fact]
    public async Task J9_is_too_new_while_an_upgrade_beyond_the_window_is_under_way()
    {
        await using var installation = await UpgradedAsync();
        await installation.ExecuteAsync("""
            INSERT INTO acme.krang_upgrade_journal (scope, version, state)
            VALUES ('instance', '2.0', 'running'), ('instance', '3.0', 'failed')
            """);
        await using var connection = await installation.OpenAsync();
        await RequireAsync(connection, "1.002");
        await RequireAsync(connection, "1.002", new GuardOptions { UpTo = "2" });
        var found = await ThrowsAsync("KU-9102", connection, "1.002", new GuardOptions { UpTo = "1.9" });
        Assert.Equal("1.002", $"{found.Found}");
        Assert.Contains("is being upgraded to version 2.0, or was interrupted", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE other.krang_upgrade_journal (version text)", "is not a journal of krang-upgrade")]
    [InlineData("CREATE VIEW other.krang_upgrade_journal AS SELECT * FROM acme.krang_upgrade_journal", "is not a journal of krang-upgrade")]
    [InlineData("""
        CREATE TABLE other.krang_upgrade_journal (LIKE acme.krang_upgrade_journal);
        COMMENT ON TABLE other.krang_upgrade_journal IS 'krang-upgrade journal, format 2'
        """, "has another format (krang-upgrade journal, format 2): build the application with a newer PluginUpgrade.Sdk.")]
    [InlineData("""
        CREATE TABLE other.krang_upgrade_journal (LIKE acme.krang_upgrade_journal INCLUDING COMMENTS);
        COMMENT ON TABLE other.krang_upgrade_journal IS 'krang-upgrade journal, format 1';
        ALTER TABLE other.krang_upgrade_journal ALTER version_key DROP NOT NULL;
        INSERT INTO other.krang_upgrade_journal
          (scope, component, version, module, sha256, state, started_at, host, by_hand, note, cursors, earlier)
        SELECT 'instance', '', 'soon', '', '', 'done', now(), '', false, '', '{}', '[]'
        """, "has a row whose version is 'soon'.")]
    public async Task Is_refused_where_its_journal_cannot_be_read(string sql, string why)
    {
        await using var installation = await UpgradedAsync();
        await installation.ExecuteAsync($"CREATE SCHEMA other; {sql}");
        await using var connection = await installation.OpenAsync();
        var found = await ThrowsAsync("KU-9104", connection, "1", schema: "other");
        Assert.Contains($"The journal of schema other {why}", found.Message, StringComparison.Ordinal);
        Assert.EndsWith("krang-upgrade status", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_the_grants_where_the_applications_role_may_not_read_it()
    {
        await using var installation = await UpgradedAsync();
        var role = $"app_{Guid.NewGuid():N}"[..20];
        await installation.ExecuteAsync($"CREATE ROLE {role}");
        try
        {
            await using var connection = await installation.OpenAsync();
            await SetRoleAsync(connection, role);
            var found = await ThrowsAsync("KU-9104", connection, "1");
            Assert.Contains(
                """GRANT USAGE ON SCHEMA "acme" TO role; GRANT SELECT ON "acme".krang_upgrade_journal TO role;""",
                found.Message, StringComparison.Ordinal);
            await installation.ExecuteAsync($"""
                GRANT USAGE ON SCHEMA "acme" TO {role}; GRANT SELECT ON "acme".krang_upgrade_journal TO {role}
                """);
            await RequireAsync(connection, "1.002");
        }
        finally
        {
            await installation.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    private async Task<TestInstallation> UpgradedAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync();
        return installation;
    }

    private static async Task SetRoleAsync(NpgsqlConnection connection, string role)
    {
        await using var command = new NpgsqlCommand($"SET ROLE {role}", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static Task RequireAsync(NpgsqlConnection connection, string version, GuardOptions? options = null, string schema = "acme") =>
        UpgradeGuard.RequireAsync(connection, schema, version, options, Cancellation);

    private static async Task<UpgradeGuardException> ThrowsAsync(
        string code, NpgsqlConnection connection, string version, GuardOptions? options = null, string schema = "acme")
    {
        var thrown = await Assert.ThrowsAsync<UpgradeGuardException>(() => RequireAsync(connection, version, options, schema));
        Assert.Equal(code, thrown.Code);
        Assert.StartsWith($"{code} ", thrown.Message, StringComparison.Ordinal);
        return thrown;
    }
}
