using System.Reflection;
using System.Reflection.Emit;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>Classes that declare a schema and that krang-upgrade cannot use.</summary>
public class BrokenDeclarations(TestServer server)
{
    [Theory]
    [InlineData("upgrade")]
    [NightlyData("plan")]
    [NightlyData("check")]
    [InlineData("modules")]
    public async Task J_all_are_refused_together_by_name_before_any_change(string verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.DropBuilt(BuiltFiles.TestModule("DeclaringBadly"), "DeclaringBadly");

        var result = await installation.RunAsync(verb);

        Assert.Equal(2, result.ExitCode);
        foreach (var code in (string[])["KU-2010", "KU-2011", "KU-2012", "KU-2014", "KU-2061", "KU-2062", "KU-2063"])
            Assert.Contains($"{code} {Path.Combine(installation.DropFolder, "DeclaringBadly", "DeclaringBadly.dll")}", result.Error);
        foreach (var name in (string[])["NotTheContract", "Hidden+Inside", "Generic`1", "Needy", "Nowhere", "NotAVersion", "HalfRight"])
            Assert.Contains($"DeclaringBadly.{name}", result.Error);
        Assert.Empty(await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task J_one_that_holds_modules_too_is_refused()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await File.WriteAllBytesAsync(Path.Combine(installation.DropFolder, "Wiki.dll"),
            ModuleAssembly.Of("Wiki", Sample.Counting("V1_001"), new ModuleSource("WikiSchema")
            {
                ImplementsContract = false,
                PerInstance = null,
                More = type =>
                {
                    type.AddInterfaceImplementation(typeof(ISchemaDeclaration));
                    type.DefineMethod(nameof(ISchemaDeclaration.Declare), MethodAttributes.Public | MethodAttributes.Virtual, typeof(void),
                        [typeof(SchemaBuilder)]).GetILGenerator().Emit(OpCodes.Ret);
                },
            }), TestContext.Current.CancellationToken);

        var result = await installation.RefusesAsync(["KU-2060"]);

        Assert.Contains("(V1_001)", result.Error);
        Assert.Contains("(WikiSchema)", result.Error);
    }
}
