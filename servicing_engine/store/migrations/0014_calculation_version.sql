-- Which version of the calculation gave the figures of an entitlement. Null in what was calculated before, and by engines that do not know it.
ALTER TABLE entitlements ADD COLUMN calculation_version integer;
