namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Classes as the C# compiler writes them, in tests/Modules/ShapesBeside.</summary>
public sealed class ASideBySideModule : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public ASideBySideModule() => _folder.PutProject("ShapesBeside");

    public void Dispose() => _folder.Dispose();

    private UpgradeModule Module(string name) => Assert.Single(_folder.Scan().Modules, module => module.Name == name);

    [Theory]
    [InlineData("V1_001", "builds", "")]
    [InlineData("V1_002", "builds drains catches-up installation checks", "big wide")]
    [InlineData("V1_003", "builds drains catches-up", "")]
    [InlineData("V1_004", "builds catches-up", "Own big")]
    [InlineData("V1_005", "builds drains", "")]
    [InlineData("V1_006", "instance", "")]
    [InlineData("V1_007", "builds installation", "")]
    [InlineData("V1_008", "builds", "")]
    public void Is_read_from_metadata(string name, string expected, string carries)
    {
        var module = Module(name);
        (bool Has, string Word)[] all =
        [
            (module.BuildsBeside, "builds"), (module.Drains, "drains"), (module.CatchesUp, "catches-up"),
            (module.HasInstallationStep, "installation"), (module.HasInstanceStep, "instance"), (module.ChecksInstance, "checks"),
        ];
        Assert.Equal(expected, string.Join(' ', all.Where(one => one.Has).Select(one => one.Word)));
        Assert.Equal(carries, string.Join(' ', module.Carries));
        Assert.True(module.HasStepFor(Scope.Instance) && module.CanGoOn(Scope.Instance));
    }

    /// <summary>The metadata are read by our rules; the runtime has the last word on which method it would call.</summary>
    [Fact]
    public void Has_the_methods_that_the_runtime_would_call()
    {
        var good = _folder.Scan().Modules.Where(module => module.Version < UpgradeVersion.Parse("2")).ToList();
        var loaded = _folder.Load(good);
        Assert.Empty(loaded.Problems);
        Assert.Equal(7, good.Count(module => loaded[module] is ISideBySideModule));
        foreach (var module in good)
        {
            Assert.Equal(loaded[module] is ISideBySideModule, module.BuildsBeside);
            if (!module.BuildsBeside) continue;
            var map = loaded[module].GetType().GetInterfaceMap(typeof(ISideBySideModule));
            var called = map.InterfaceMethods.Zip(map.TargetMethods)
                .Where(pair => pair.Second is not null && pair.Second.DeclaringType != typeof(ISideBySideModule))
                .Select(pair => pair.First.Name).ToList();
            Assert.Equal(
                (true, called.Contains(nameof(ISideBySideModule.Drain)), called.Contains(nameof(ISideBySideModule.CatchUp))),
                (called.Contains(nameof(ISideBySideModule.Build)), module.Drains, module.CatchesUp));
        }
    }

    [Theory]
    [InlineData("V1_002", "1.001")]
    [InlineData("V1_004", "1.003")]
    public void T3_says_the_one_version_that_it_requires(string name, string version) =>
        Assert.Equal([new Requirement.Exactly(UpgradeVersion.Parse(version))], Module(name).Requirements);

    [Theory]
    [InlineData("V2_001", "KU-2050")]
    [InlineData("V2_002", "KU-2051")]
    [InlineData("V2_003", "KU-2045 KU-2045")]
    [InlineData("V2_004", "KU-2044")]
    [InlineData("V2_005", "KU-2044")]
    [InlineData("V2_006", "KU-2014 KU-2014 KU-2014")]
    [InlineData("V2_007", "KU-2052")]
    [InlineData("V2_008", "KU-2052")]
    [InlineData("V2_009", "KU-2052")]
    [InlineData("V2_010", "KU-2024 KU-2044 KU-2045 KU-2050")]
    public void Is_a_problem_by_name_and_all_of_them_at_once(string name, string codes)
    {
        var found = _folder.Scan().Problems.Where(found => found.Version == UpgradeVersion.Parse(name)).ToList();
        Assert.Equal(codes, string.Join(' ', found.Select(one => one.Problem.Code).Order()));
        Assert.All(found, one => Assert.Contains($"ShapesBeside.{name}", one.Problem.Message, StringComparison.Ordinal));
        Assert.All(found, one => Assert.Equal(
            one.Problem.Code == "KU-2052" ? Severity.Warning : Severity.Error, one.Problem.Severity));
    }

    [Fact]
    public void Is_no_problem_otherwise() =>
        Assert.DoesNotContain(_folder.Scan().Problems, found => found.Version is null || found.Version < UpgradeVersion.Parse("2"));

    [Fact]
    public void Names_the_interface_and_the_signature_of_a_method_that_would_never_be_called()
    {
        var found = _folder.Scan().Problems.Where(found => found.Version == UpgradeVersion.Parse("2.006"))
            .Select(one => one.Problem).ToList();
        Assert.All(found, problem => Assert.Contains("does not implement ISideBySideModule.", problem.Message));
        Assert.Equal(
            [
                "'public Task CatchUp(SideBySideContext, CancellationToken)'",
                "'public Task<IReadOnlyList<string>> Verify(SideBySideContext, CancellationToken)'",
                "'public Task<bool> Drain(InstanceContext, CancellationToken)'",
            ], found.Select(problem => problem.Remedy.Split("as ")[1].Split(", in a class")[0]).Order(StringComparer.Ordinal));
    }
}
