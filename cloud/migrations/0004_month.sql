-- Two workers at the turn of a month: the second may not see yet that the first has made the partition.
CREATE OR REPLACE FUNCTION prilavok_raw_month(moment timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', moment, 'UTC');
    name text := 'raw_record_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtext('prilavok_raw_month'));
    BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF raw_record FOR VALUES FROM (%L) TO (%L)',
            name, first, date_add(first, interval '1 month', 'UTC'));
        PERFORM prilavok_protect(name::regclass);
    EXCEPTION WHEN duplicate_table THEN
        NULL;
    END;
END
$$;
