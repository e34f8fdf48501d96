using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using PluginUpgrade.Catalogue.Signatures;

namespace PluginUpgrade.Tests.Conventions;

/// <summary>Analyzers find texts that are compared by the machine's culture, but not all that are sorted by it.</summary>
public class TheSameOnEveryMachine
{
    private static readonly HashSet<string> Sorting =
    [
        "OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "Order", "OrderDescending", "Min", "Max", "MinBy", "MaxBy", "Sort",
    ];

    [Theory]
    [InlineData("krang-upgrade.dll")]
    [InlineData("PluginUpgrade.dll")]
    [InlineData("PluginUpgrade.Sdk.dll")]
    public void G3_no_texts_are_sorted_without_a_comparer(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly)));
        Assert.Empty(SortedTexts(file.GetMetadataReader()).Distinct());
    }

    [Fact]
    public void G3_such_sorting_is_found_where_it_is()
    {
        string[] texts = ["b", "a"];
        Assert.Equal("a", texts.OrderBy(text => text).First());
        using var file = new PEReader(File.OpenRead(typeof(TheSameOnEveryMachine).Assembly.Location));
        Assert.Contains("OrderBy", SortedTexts(file.GetMetadataReader()));
    }

    private static IEnumerable<string> SortedTexts(MetadataReader reader)
    {
        var names = new SignatureText(reader);
        for (var row = 1; row <= reader.GetTableRowCount(TableIndex.MethodSpec); row++)
        {
            var use = reader.GetMethodSpecification(MetadataTokens.MethodSpecificationHandle(row));
            if (use.Method.Kind != HandleKind.MemberReference) continue;
            var method = reader.GetMemberReference((MemberReferenceHandle)use.Method);
            var name = reader.GetString(method.Name);
            if (Sorting.Contains(name) && use.DecodeSignature(names, null) is [.., "String"] && !HasComparer(method)) yield return name;
        }
        foreach (var member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (member.Parent.Kind != HandleKind.TypeSpecification || member.GetKind() != MemberReferenceKind.Method) continue;
            var type = reader.GetTypeSpecification((TypeSpecificationHandle)member.Parent).DecodeSignature(names, null);
            var (sorts, name) = (Sorted(type), reader.GetString(member.Name));
            if ((sorts && name == ".ctor" || name == "Sort" && type == "System.Collections.Generic.List`1<String>") && !HasComparer(member))
                yield return $"{type}.{name}";
        }

        bool HasComparer(MemberReference method) => method.DecodeMethodSignature(names, null).ParameterTypes
            .Any(parameter => parameter.Contains("Compar", StringComparison.Ordinal));
    }

    private static readonly string[] Collections = ["SortedDictionary`2", "SortedSet`1", "SortedList`2", "PriorityQueue`2"];

    private static bool Sorted(string type) => Collections.Any(
        sorted => type.StartsWith($"System.Collections.Generic.{sorted}<String", StringComparison.Ordinal));
}
