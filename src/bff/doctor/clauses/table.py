"""All clauses, in the order of the report."""

from bff.doctor.clauses import contract, openid, rfc9700, rfc10017

CLAUSES = (*rfc10017.CLAUSES, *rfc9700.CLAUSES, *openid.CLAUSES, *contract.CLAUSES)
