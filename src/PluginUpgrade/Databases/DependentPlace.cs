namespace PluginUpgrade.Databases;

/// <summary>SQL that finds where the dependent object of a row <c>d</c> of pg_depend lies.</summary>
internal static class DependentPlace
{
    /// <summary>The oid of its schema; null if it is in none.</summary>
    public const string Schema = """
        CASE d.classid
          WHEN 'pg_catalog.pg_rewrite'::regclass THEN (SELECT c.relnamespace FROM pg_catalog.pg_rewrite x
            JOIN pg_catalog.pg_class c ON c.oid = x.ev_class WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_trigger'::regclass THEN (SELECT c.relnamespace FROM pg_catalog.pg_trigger x
            JOIN pg_catalog.pg_class c ON c.oid = x.tgrelid WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_policy'::regclass THEN (SELECT c.relnamespace FROM pg_catalog.pg_policy x
            JOIN pg_catalog.pg_class c ON c.oid = x.polrelid WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_attrdef'::regclass THEN (SELECT c.relnamespace FROM pg_catalog.pg_attrdef x
            JOIN pg_catalog.pg_class c ON c.oid = x.adrelid WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_constraint'::regclass THEN
            (SELECT x.connamespace FROM pg_catalog.pg_constraint x WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_amop'::regclass THEN (SELECT f.opfnamespace FROM pg_catalog.pg_amop x
            JOIN pg_catalog.pg_opfamily f ON f.oid = x.amopfamily WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_amproc'::regclass THEN (SELECT f.opfnamespace FROM pg_catalog.pg_amproc x
            JOIN pg_catalog.pg_opfamily f ON f.oid = x.amprocfamily WHERE x.oid = d.objid)
          ELSE (SELECT pg_catalog.to_regnamespace(i.schema)::oid FROM pg_catalog.pg_identify_object(d.classid, d.objid, 0) i)
        END
        """;

    /// <summary>The oid of its table or view, or of itself; null if it belongs to none.</summary>
    public const string Relation = """
        CASE d.classid
          WHEN 'pg_catalog.pg_class'::regclass THEN d.objid
          WHEN 'pg_catalog.pg_rewrite'::regclass THEN (SELECT x.ev_class FROM pg_catalog.pg_rewrite x WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_trigger'::regclass THEN (SELECT x.tgrelid FROM pg_catalog.pg_trigger x WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_policy'::regclass THEN (SELECT x.polrelid FROM pg_catalog.pg_policy x WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_attrdef'::regclass THEN (SELECT x.adrelid FROM pg_catalog.pg_attrdef x WHERE x.oid = d.objid)
          WHEN 'pg_catalog.pg_constraint'::regclass THEN
            (SELECT x.conrelid FROM pg_catalog.pg_constraint x WHERE x.oid = d.objid)
        END
        """;
}
