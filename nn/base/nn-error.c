/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/nn-error.h"

GQuark
nn_error_quark (void)
{
  return g_quark_from_static_string ("nn-error-quark");
}
