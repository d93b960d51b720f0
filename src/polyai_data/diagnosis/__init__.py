"""What is wrong between this machine and the API, and how to mend it: `examine()`.

`verdicts` decides, without I/O; `network` looks at connections; `examine` asks everything in order.
"""

from polyai_data.diagnosis.examine import examine
from polyai_data.diagnosis.verdicts import VERDICTS, Finding, Verdict

__all__ = ["VERDICTS", "Finding", "Verdict", "examine"]
