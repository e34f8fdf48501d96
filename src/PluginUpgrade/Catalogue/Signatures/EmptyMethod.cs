using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace PluginUpgrade.Catalogue.Signatures;

/// <summary>Finds methods that only return a finished task, as a template or an editor writes them.</summary>
internal static class EmptyMethod
{
    private static readonly string[] OfTask = ["get_CompletedTask", "FromResult"];

    /// <summary>What the compiler calls in an async method.</summary>
    private static readonly string[] OfBuilder = ["Create", "Start", "get_Task", "SetResult", "SetException"];

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(instruction => instruction.Value);

    /// <summary>False where the code calls anything else, throws, or cannot be read.</summary>
    public static bool Is(MethodAt method)
    {
        if (method.Handle.IsNil) return false;
        var (reader, type) = (method.Type.Reader, method.Type);
        // An async method's code is in a class of the compiler's, which is named after it.
        var name = $"<{reader.GetString(reader.GetMethodDefinition(method.Handle).Name).Replace('.', '-')}>d__";
        var parts = type.Definition.GetNestedTypes().Select(reader.GetTypeDefinition)
            .Where(nested => reader.GetString(nested.Name).StartsWith(name, StringComparison.Ordinal))
            .SelectMany(nested => nested.GetMethods())
            .Where(handle => reader.StringComparer.Equals(reader.GetMethodDefinition(handle).Name, "MoveNext")).ToList();
        return parts.Prepend(method.Handle).All(handle => OnlyMakesTask(type.Image, handle, isAsync: parts.Count > 0));
    }

    private static bool OnlyMakesTask(AssemblyImage image, MethodDefinitionHandle method, bool isAsync)
    {
        if (image.CodeOf(image.Reader.GetMethodDefinition(method)) is not { } code) return false;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xfe && at + 1 < code.Length ? (short)(0xfe00 | code[at + 1]) : code[at];
            if (!Instructions.TryGetValue(value, out var instruction) || instruction.OperandType == OperandType.InlineSwitch) return false;
            at += instruction.Size;
            if (instruction.FlowControl == FlowControl.Throw) return false;
            var calls = instruction.FlowControl == FlowControl.Call || instruction == OpCodes.Newobj;
            if (calls && !(at + 4 <= code.Length && MakesTask(image.Reader, BitConverter.ToInt32(code, at), isAsync))) return false;
            at += LengthOf(instruction.OperandType);
        }
        return true;
    }

    private static bool MakesTask(MetadataReader reader, int token, bool isAsync)
    {
        var called = MetadataTokens.EntityHandle(token);
        if (called.Kind == HandleKind.MethodSpecification)
            called = reader.GetMethodSpecification((MethodSpecificationHandle)called).Method;
        if (called.Kind != HandleKind.MemberReference) return false;
        var member = reader.GetMemberReference((MemberReferenceHandle)called);
        var name = reader.GetString(member.Name);
        return OfTask.Contains(name) && Ancestry.Is(reader, member.Parent, "System.Threading.Tasks", "Task") || isAsync
            && OfBuilder.Contains(name) && Ancestry.Is(reader, member.Parent, "System.Runtime.CompilerServices", "AsyncTaskMethodBuilder");
    }

    private static int LengthOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
