# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's weights as they are, without the rounding of activations: every matrix as floats."""

import numpy as np


def expand(source, target):
    """The same model with every matrix as floats."""
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key != "general.architecture":
            value = 0 if key == "general.file_type" else field.contents()
            writer.add_key_value(key, value, *field.types[:2])
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
