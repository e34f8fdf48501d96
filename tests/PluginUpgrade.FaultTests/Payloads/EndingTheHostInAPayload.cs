namespace PluginUpgrade.FaultTests.Payloads;

/// <summary>
/// F2 for program files: the host ends at one of its labelled points. The next run ends the undo log: then all files are old, or all new
/// where the journal has the payload.
/// </summary>
public class EndingTheHostInAPayload(TestServer server)
{
    private static readonly PayloadSource Release = new("1.002",
        ("bin/krang", "new program"), ("bin/tool", "tool"), ("conf/krang.conf", "the vendor's"))
    {
        Remove = ["lib/legacy.so", "lib"],
    };

    private static readonly string[] Old =
        ["bin/", "bin/krang 755 old program", "conf/", "conf/krang.conf 640 the user's", "lib/", "lib/legacy.so 644 legacy"];

    private static readonly string[] New =
    [
        "bin/", "bin/krang 755 new program", "bin/tool 644 tool",
        "conf/", "conf/krang.conf 640 the user's", "conf/krang.conf.new 640 the vendor's", "data/", "data/payload.json 644",
    ];

    /// <summary>The next run finds no payload any more: it puts back what the dead one began, or keeps what it had committed.</summary>
    [Theory]
    [NightlyData("payload file staged", 2, false)]
    [NightlyData("payload file laid", 1, false)]
    [NightlyData("payload file laid", 2, false)]
    [NightlyData("payload file laid", 3, false)]
    [NightlyData("file removed for a payload", 1, false)]
    [NightlyData("file removed for a payload", 2, false)]
    [NightlyData("payload laid", 1, false)]
    [InlineData("step not committed", 3, false)]
    [InlineData("step committed", 3, true)]
    [NightlyData("files forgotten", 3, true)]
    public async Task F2_leaves_all_old_or_all_new_as_the_journal_says(string point, int at, bool isNew)
    {
        await using var installation = await InstalledAsync();
        Assert.Equal(point, await EndAtAsync(installation, at, [], point));
        Directory.Move(Path.Combine(installation.Root, "payload"), Path.Combine(installation.DropFolder, ".payload"));
        Assert.Equal(isNew, (await installation.JournalAsync()).Contains("krang:payload 1.002 done payload"));

        await installation.SucceedsAsync("--to", "1.002");

        Assert.Equal(isNew ? New : Old, installation.Installed().Where(line => isNew || line != "data/"));
        // And where the payload is there, it lays it over, once.
        Directory.Move(Path.Combine(installation.DropFolder, ".payload"), Path.Combine(installation.Root, "payload"));
        await installation.SucceedsAsync();
        Assert.Equal(New, installation.Installed());
        Assert.Single(await installation.JournalAsync(), "krang:payload 1.002 done payload");
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    [Theory]
    [NightlyData("payload file staged", 1)]
    [NightlyData("payload file laid", 1)]
    [NightlyData("payload file laid", 3)]
    [NightlyData("file removed for a payload", 2)]
    [NightlyData("payload laid", 1)]
    [InlineData("files laid alone", 1)]
    public async Task C8_F2_of_files_alone_needs_no_database_to_be_put_back_and_done(string point, int at)
    {
        string[] alone = ["files", "--yes", "--Installation:Database=Host=127.0.0.1;Port=1;Database=none;Username=none"];
        await using var installation = await InstalledAsync();
        Assert.Equal(point, await EndAtAsync(installation, at, alone, point));

        var second = await installation.SucceedsAsync(alone);

        Assert.Contains(point == "files laid alone" ? "Nothing to do" : "Done: 1 step", second.Output);
        Assert.Equal(New, installation.Installed());
    }

    private async Task<TestInstallation> InstalledAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        installation.Write("bin/krang", "old program", 0b111_101_101);
        installation.Write("lib/legacy.so", "legacy");
        installation.Write("conf/krang.conf", "the user's", 0b110_100_000);
        installation.Write(Release);
        return installation;
    }

    /// <returns>The label of the point; empty where the run has passed all of them.</returns>
    private static async Task<string> EndAtAsync(TestInstallation installation, int at, string[] arguments, string label)
    {
        using TempDirectory aside = new();
        var file = Path.Combine(aside.Root, "label");
        installation.Defect = "none";
        using var host = installation.Start(arguments, new Dictionary<string, string?>
        {
            ["KRANG_END_AT"] = $"{at}",
            ["KRANG_END_FILE"] = file,
            ["KRANG_END_LABEL"] = label,
        });
        var end = await host.EndAsync();
        installation.Defect = null;
        if (File.Exists(file)) return await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.True(end.ExitCode == 0, $"{end}");
        return "";
    }
}
