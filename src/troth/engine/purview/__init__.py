"""Can we execute? Purview, clout, the execution chasm of each structure, and what closes it (domain.md e7, h4; S0.1, S0.2, S1.3, S1.7).

tables     plain tables, or a study's issues, as what is weighed and who may decide
authority  decide x fund x cap of a role or of several, area by area
clout      how likely an area accepts and delivers what is asked of it
structures which roles lead together: those given, typical ones, the actual one
ranges     how far a ratio of money strays where each amount has a range
chasms     all of it
disciplines  which kinds of decision a lead does not make
readings   what a chasm and a reach mean
result     the results
"""

from troth.engine.purview.chasms import chasm, chasm_of
from troth.engine.purview.result import AreaPurview, AskRecord, Chasm, DisciplineShare, Structure

__all__ = ["AreaPurview", "AskRecord", "Chasm", "DisciplineShare", "Structure", "chasm", "chasm_of"]
