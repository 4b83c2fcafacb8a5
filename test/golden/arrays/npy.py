"""Makes the .npy files beside it: python3 npy.py"""

import numpy as np

np.save("matrix.npy", np.arange(12, dtype="<f4").reshape(3, 4) / 4)
np.save("bigints.npy", np.array([1, -(2**63), 2**63 - 1], dtype="<i8"))
np.save("fortran.npy", np.asfortranarray(np.arange(6, dtype="<f8").reshape(2, 3)))
np.save("swapped.npy", np.arange(3, dtype=">f8"))
np.save("records.npy", np.zeros(2, dtype=[("a", "<f8"), ("b", "<i4")]))
np.lib.format.write_array(open("second.npy", "wb"), np.arange(5, dtype="|u1"), version=(2, 0))
