using System.Collections;
using System.Reflection;
using System.Text;

namespace PluginUpgrade.Tests.Loading;

/// <summary>Everything that a builder has collected, as text: every property of every record, also those that come later.</summary>
internal static class DeclaredText
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static string Of(object value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>The lists and the records in it that something could change.</summary>
    public static HashSet<object> Parts(object value)
    {
        var found = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Visit(value);
        return found;

        void Visit(object? part)
        {
            if (part is null or string or ValueType) return;
            if (part is IList || Properties(part).Any(IsMutable)) found.Add(part);
            foreach (var inner in part is IEnumerable all ? all.Cast<object?>() : Properties(part).Select(one => one.GetValue(part)))
                Visit(inner);
        }
    }

    private static bool IsMutable(PropertyInfo property) => property.SetMethod is { } set
        && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null or string or ValueType:
                text.Append('\'').Append(value).Append('\'');
                break;
            case IEnumerable all:
                text.Append('[');
                foreach (var one in all) Append(text, one);
                text.Append(']');
                break;
            default:
                text.Append(value.GetType().Name).Append('{');
                foreach (var property in Properties(value))
                {
                    text.Append(property.Name).Append('=');
                    Append(text, property.GetValue(value));
                }
                text.Append('}');
                break;
        }
    }

    private static IEnumerable<PropertyInfo> Properties(object value)
    {
        for (var type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            foreach (var property in type.GetProperties(Own))
                if (property.Name != "EqualityContract" && property.GetIndexParameters().Length == 0) yield return property;
    }
}
