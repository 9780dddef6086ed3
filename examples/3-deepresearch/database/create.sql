CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'
    CONNECTION LIMIT 4 IN ROLE library_reader;
ALTER ROLE "{{name}}" SET default_transaction_read_only = on;
