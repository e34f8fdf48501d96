using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Only its base class implements the contract, and is defined where a library of the module says.</summary>
public sealed class AModuleWhoseBaseClassIsElsewhere : IDisposable
{
    private const TypeAttributes Abstract = TypeAttributes.Public | TypeAttributes.Abstract;

    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void E1k_is_found_where_that_is_nested_in_another_class()
    {
        var library = ModuleAssembly.Of("Shared", new ModuleSource("Shared")
        {
            ImplementsContract = false,
            PerInstance = null,
            More = outer => Define(outer.DefineNestedType("Base", TypeAttributes.NestedPublic | TypeAttributes.Abstract)),
        });
        _folder.Put("bundle/Shared.dll", library);
        _folder.Put("bundle/V1_002.dll", DerivedFrom(Assembly.Load(library).GetType("Shared+Base")!));
        MustBeFound();
    }

    [Fact]
    public void E1k_is_found_where_the_library_forwards_to_another_one()
    {
        var before = ModuleAssembly.Of("Shared", new ModuleSource("Base") { Attributes = Abstract });
        _folder.Put("bundle/V1_002.dll", DerivedFrom(Assembly.Load(before).GetType("Base")!));
        _folder.Put("bundle/Shared.dll", Forwarding("Shared", "Base", "Core"));
        _folder.Put("bundle/Core.dll", ModuleAssembly.Of("Core", new ModuleSource("Base") { Attributes = Abstract }));
        MustBeFound();
    }

    [Fact]
    public void Is_none_where_libraries_forward_to_each_other()
    {
        var before = ModuleAssembly.Of("Shared", new ModuleSource("Base") { Attributes = Abstract });
        _folder.Put("bundle/V1_002.dll", DerivedFrom(Assembly.Load(before).GetType("Base")!));
        _folder.Put("bundle/Shared.dll", Forwarding("Shared", "Base", "Core"));
        _folder.Put("bundle/Core.dll", Forwarding("Core", "Base", "Shared"));
        Assert.Equal("KU-2002", Assert.Single(_folder.Scan().Problems).Problem.Code);
    }

    [Fact]
    public void Is_damaged_where_a_class_of_a_library_is_nested_in_itself()
    {
        var library = ModuleAssembly.Of("Near", new ModuleSource("Near")
        {
            ImplementsContract = false,
            PerInstance = null,
            More = type => type.DefineField("it", typeof(Npgsql.NpgsqlConnection), FieldAttributes.Public),
        });
        _folder.Put("V1_001/Near.dll", NestedInItself(library, nameof(Npgsql.NpgsqlConnection)));
        var near = Assembly.Load(library).GetType("Near")!;
        var module = _folder.Put("V1_001/V1_001.dll", ModuleAssembly.Of(
            new ModuleSource("V1_001") { More = type => type.DefineField("it", near, FieldAttributes.Public) }));
        var problem = Assert.Single(_folder.Scan().Problems).Problem;
        Assert.Equal(("KU-2004", module), (problem.Code, problem.Subject));
    }

    private void MustBeFound()
    {
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        var module = Assert.Single(catalogue.Modules);
        Assert.True(module is { Name: "V1_002", HasInstanceStep: true });
        var loaded = _folder.Load(catalogue.Modules);
        Assert.Empty(loaded.Problems);
    }

    private static byte[] DerivedFrom(Type baseClass) => ModuleAssembly.Of(
        new ModuleSource("V1_002") { BaseClass = baseClass, ImplementsContract = false, PerInstance = null });

    private static void Define(TypeBuilder type)
    {
        type.AddInterfaceImplementation(typeof(IUpgradeModule));
        type.DefineDefaultConstructor(MethodAttributes.Family);
        var il = type.DefineMethod(
            nameof(IUpgradeModule.PerInstance), MethodAttributes.Public | MethodAttributes.Virtual, typeof(Task),
            [typeof(InstanceContext), typeof(CancellationToken)]).GetILGenerator();
        il.Emit(OpCodes.Call, typeof(Task).GetProperty(nameof(Task.CompletedTask))!.GetMethod!);
        il.Emit(OpCodes.Ret);
        type.CreateType();
    }

    /// <summary>An assembly with no class of its own, which says that one is in another assembly.</summary>
    private static byte[] Forwarding(string name, string type, string to)
    {
        var rows = new MetadataBuilder();
        rows.AddModule(0, rows.GetOrAddString($"{name}.dll"), rows.GetOrAddGuid(Guid.NewGuid()), default, default);
        rows.AddAssembly(rows.GetOrAddString(name), new Version(1, 0, 0, 0), default, default, default, AssemblyHashAlgorithm.None);
        var other = rows.AddAssemblyReference(rows.GetOrAddString(to), new Version(1, 0, 0, 0), default, default, default, default);
        rows.AddTypeDefinition(default, default, rows.GetOrAddString("<Module>"), default,
            MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        const TypeAttributes forwarder = (TypeAttributes)0x00200000;
        rows.AddExportedType(forwarder, default, rows.GetOrAddString(type), other, 0);
        var bytes = new BlobBuilder();
        new ManagedPEBuilder(new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(rows), new BlobBuilder()).Serialize(bytes);
        return bytes.ToArray();
    }

    /// <summary>The same assembly, with a reference to a type whose scope (ECMA-335, II.24.2.6: tag 3) is the reference itself.</summary>
    private static byte[] NestedInItself(byte[] bytes, string type)
    {
        using var file = new PEReader(new MemoryStream(bytes));
        var metadata = file.GetMetadataReader();
        var row = MetadataTokens.GetRowNumber(
            metadata.TypeReferences.Single(handle => metadata.GetString(metadata.GetTypeReference(handle).Name) == type));
        var offset = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.TypeRef)
            + (row - 1) * metadata.GetTableRowSize(TableIndex.TypeRef);
        var changed = bytes.ToArray();
        changed[offset] = (byte)(row << 2 | 3);
        return changed;
    }
}
