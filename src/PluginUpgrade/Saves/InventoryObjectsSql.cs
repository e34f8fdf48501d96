namespace PluginUpgrade.Saves;

/// <summary>Parts of <see cref="InventorySql"/>: objects by their kind.</summary>
internal static class InventoryObjectsSql
{
    public const string Relations = """
          SELECT r.space, CASE r.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
                            WHEN 'c' THEN 'row type ' WHEN 'f' THEN 'foreign table ' ELSE 'table ' END || r.name,
                 pg_catalog.concat_ws(E'\n', r.relkind, r.relpersistence, r.reloptions::text, am.amname, t.spcname,
                   CASE WHEN r.reloftype <> 0 THEN r.reloftype::regtype::text END, pg_catalog.pg_get_expr(r.relpartbound, r.oid),
                   (SELECT CASE WHEN k.partexprs IS NULL THEN pg_catalog.pg_get_partkeydef(r.oid) ELSE k.partstrat::text END
                    FROM pg_catalog.pg_partitioned_table k WHERE k.partrelid = r.oid),
                   (SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
                    FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid),
                   (SELECT pg_catalog.concat_ws(' ', q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache,
                      q.seqcycle) FROM pg_catalog.pg_sequence q WHERE q.seqrelid = r.oid),
                   (SELECT pg_catalog.concat_ws(' ', v.srvname, f.ftoptions) FROM pg_catalog.pg_foreign_table f
                    JOIN pg_catalog.pg_foreign_server v ON v.oid = f.ftserver WHERE f.ftrelid = r.oid),
                   (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname),
                             pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.atthasdef,
                             nullif(a.attcollation, y.typcollation)::regcollation, a.attoptions::text), E'\n' ORDER BY a.attnum)
                    FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
                    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind <> 'S')),
                 CASE WHEN r.relkind <> 'c' THEN r.relacl END,
                 pg_catalog.acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner),
                 pg_catalog.concat_ws(', ', 'owner ' || pg_catalog.pg_get_userbyid(r.relowner),
                   CASE WHEN r.relrowsecurity THEN 'row security' END, CASE WHEN r.relforcerowsecurity THEN 'row security forced' END,
                   CASE WHEN r.relreplident NOT IN ('d', 'n') THEN 'replica identity ' || r.relreplident::text END,
                   (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || x::text, ' ' ORDER BY a.attnum, x::text)
                    FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.unnest(a.attacl) x
                    WHERE a.attrelid = r.oid AND a.attnum > 0)),
                 'pg_catalog.pg_class'::regclass::oid, r.oid
          FROM rel r LEFT JOIN pg_catalog.pg_am am ON am.oid = r.relam LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = r.reltablespace
        """;

    /// <summary>Objects of a relation. Constraints that a partition has from its parent are named by the server, and left out.</summary>
    public const string OfRelations = """
          SELECT r.space, 'index ' || i.indexrelid::regclass,
                 pg_catalog.concat_ws(' ', i.indrelid::regclass, i.indisunique, i.indisclustered, i.indoption,
                   CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid) END,
                   (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('.', n.nspname, o.opcname), ' ' ORDER BY c.place)
                    FROM pg_catalog.unnest(i.indclass::oid[]) WITH ORDINALITY AS c(oid, place)
                    JOIN pg_catalog.pg_opclass o ON o.oid = c.oid JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace)),
                 NULL::aclitem[], NULL::aclitem[], NULL, 'pg_catalog.pg_index'::regclass::oid, i.indexrelid
          FROM rel r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid WHERE i.indisvalid OR r.relkind = 'p'
        UNION ALL
          SELECT s.nspname, pg_catalog.format('constraint %I on %s', c.conname,
                   CASE WHEN c.conrelid <> 0 THEN c.conrelid::regclass::text ELSE c.contypid::regtype::text END),
                 pg_catalog.concat_ws(' ', c.contype, c.convalidated, c.connoinherit,
                   CASE WHEN c.conbin IS NULL THEN pg_catalog.pg_get_constraintdef(c.oid) END,
                   (SELECT pg_catalog.string_agg(o::regoperator::text, ' ')
                    FROM pg_catalog.unnest(coalesce(c.conpfeqop, c.conexclop)) o)),
                 NULL, NULL, NULL, 'pg_catalog.pg_constraint'::regclass, c.oid
          FROM pg_catalog.pg_constraint c JOIN space s ON s.oid = c.connamespace
          WHERE c.conparentid = 0 AND c.contype <> 't'
            AND (c.conrelid IN (SELECT r.oid FROM rel r) OR c.contypid IN (SELECT t.oid FROM type t))
        UNION ALL
          SELECT r.space, pg_catalog.format('trigger %I on %s', t.tgname, r.name),
                 pg_catalog.concat_ws(' ', t.tgtype, t.tgfoid::regprocedure, t.tgargs,
                   CASE WHEN t.tgqual IS NULL THEN pg_catalog.pg_get_triggerdef(t.oid) END),
                 NULL, NULL, CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled for replicas'
                               ELSE 'enabled always' END,
                 'pg_catalog.pg_trigger'::regclass, t.oid
          FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
        UNION ALL
          SELECT r.space, pg_catalog.format('rule %I on %s', w.rulename, r.name), pg_catalog.concat_ws(' ', w.ev_type, w.is_instead),
                 NULL, NULL, 'enabled ' || w.ev_enabled::text, 'pg_catalog.pg_rewrite'::regclass, w.oid
          FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
        UNION ALL
          SELECT r.space, pg_catalog.format('policy %I on %s', p.polname, r.name),
                 pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive, p.polqual IS NULL, p.polwithcheck IS NULL), NULL, NULL,
                 'for ' || (SELECT pg_catalog.string_agg(y.name, ' ' ORDER BY y.name) FROM (
                   SELECT CASE o WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(o)::text END AS name
                   FROM pg_catalog.unnest(p.polroles) o) AS y),
                 'pg_catalog.pg_policy'::regclass, p.oid
          FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
        """;

    public const string Routines = """
          SELECT p.space, 'routine ' || p.oid::regprocedure,
                 CASE WHEN p.prokind = 'a' THEN (
                        SELECT pg_catalog.concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggtranstype::regtype,
                          a.agginitval, a.aggsortop::regoperator) FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)
                      WHEN p.proargdefaults IS NULL AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
                        THEN pg_catalog.pg_get_functiondef(p.oid)
                      ELSE pg_catalog.concat_ws(' ', p.prokind, l.lanname, p.prorettype::regtype, p.proretset, p.provolatile, p.prosecdef,
                        p.proisstrict, p.proleakproof, p.proparallel, p.pronargdefaults, p.proargnames::text, p.proconfig::text, p.prosrc)
                 END,
                 p.proacl, pg_catalog.acldefault('f', p.proowner), 'owner ' || pg_catalog.pg_get_userbyid(p.proowner),
                 'pg_catalog.pg_proc'::regclass::oid, p.oid
          FROM routine p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        """;

    public const string Rest = """
          SELECT s.nspname, pg_catalog.format('schema %I', s.nspname), NULL, s.nspacl, pg_catalog.acldefault('n', s.nspowner),
                 'owner ' || pg_catalog.pg_get_userbyid(s.nspowner), 0::oid, 0::oid
          FROM space s
          WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = s.oid)
        UNION ALL
          SELECT t.space, 'type ' || t.oid::regtype,
                 pg_catalog.concat_ws(' ', t.typtype, t.typnotnull, pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod),
                   t.typdefault IS NULL,
                   (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ' ' ORDER BY e.enumsortorder)
                    FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
                   (SELECT pg_catalog.concat_ws(' ', g.rngsubtype::regtype, nullif(g.rngcollation, 0)::regcollation, g.rngcanonical,
                      g.rngsubdiff) FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid)),
                 t.typacl, pg_catalog.acldefault('T', t.typowner), 'owner ' || pg_catalog.pg_get_userbyid(t.typowner),
                 'pg_catalog.pg_type'::regclass, t.oid
          FROM type t
        UNION ALL
          SELECT s.nspname, 'operator ' || o.oid::regoperator,
                 pg_catalog.concat_ws(' ', o.oprcode, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash), NULL, NULL,
                 'owner ' || pg_catalog.pg_get_userbyid(o.oprowner), 0, 0
          FROM pg_catalog.pg_operator o JOIN space s ON s.oid = o.oprnamespace
          WHERE o.oprcode <> 0
            AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND m.objid = o.oid)
        UNION ALL
          SELECT s.nspname, pg_catalog.format('statistics %I.%I', s.nspname, x.stxname),
                 CASE WHEN pg_catalog.to_jsonb(x) ->> 'stxexprs' IS NULL THEN pg_catalog.pg_get_statisticsobjdef(x.oid) END, NULL, NULL,
                 'owner ' || pg_catalog.pg_get_userbyid(x.stxowner), 0, 0
          FROM pg_catalog.pg_statistic_ext x JOIN space s ON s.oid = x.stxnamespace
        UNION ALL
          SELECT s.nspname, pg_catalog.format('collation %I.%I', s.nspname, c.collname), NULL, NULL, NULL,
                 'owner ' || pg_catalog.pg_get_userbyid(c.collowner), 0, 0
          FROM pg_catalog.pg_collation c JOIN space s ON s.oid = c.collnamespace
          WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_collation'::regclass AND m.objid = c.oid)
        UNION ALL
          SELECT s.nspname, pg_catalog.format('text search configuration %I.%I', s.nspname, c.cfgname), NULL, NULL, NULL,
                 'owner ' || pg_catalog.pg_get_userbyid(c.cfgowner), 0, 0
          FROM pg_catalog.pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace
          WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_ts_config'::regclass AND m.objid = c.oid)
        UNION ALL
          SELECT s.nspname, pg_catalog.format('default privileges of %I for %s in schema %I',
                   pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclobjtype, s.nspname), NULL, d.defaclacl, NULL, NULL, 0, 0
          FROM pg_catalog.pg_default_acl d JOIN space s ON s.oid = d.defaclnamespace
        """;

    public const string OfDatabase = """
          SELECT '', pg_catalog.format('default privileges of %I for %s', pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclobjtype),
                 NULL, d.defaclacl, NULL, NULL, 0::oid, 0::oid
          FROM pg_catalog.pg_default_acl d WHERE d.defaclnamespace = 0 AND $1::text[] IS NULL
        UNION ALL
          SELECT '', pg_catalog.format('extension %I', e.extname), NULL, NULL, NULL, pg_catalog.format('in schema %I', n.nspname), 0, 0
          FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE $1::text[] IS NULL
        UNION ALL
          SELECT '', pg_catalog.format('event trigger %I', e.evtname),
                 pg_catalog.concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evttags::text), NULL, NULL,
                 pg_catalog.format('owner %s, enabled %s', pg_catalog.pg_get_userbyid(e.evtowner), e.evtenabled), 0, 0
          FROM pg_catalog.pg_event_trigger e WHERE $1::text[] IS NULL
            AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_event_trigger'::regclass AND m.objid = e.oid)
        UNION ALL
          SELECT '', pg_catalog.format('publication %I', p.pubname),
                 pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
                   (SELECT pg_catalog.string_agg(r.prrelid::regclass::text, ' ' ORDER BY r.prrelid::regclass::text)
                    FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid)), NULL, NULL,
                 'owner ' || pg_catalog.pg_get_userbyid(p.pubowner), 0, 0
          FROM pg_catalog.pg_publication p WHERE $1::text[] IS NULL
        UNION ALL
          SELECT '', 'large objects', NULL, NULL, NULL, pg_catalog.count(*)::text, 0, 0
          FROM pg_catalog.pg_largeobject_metadata WHERE $1::text[] IS NULL HAVING $1::text[] IS NULL
        """;
}
