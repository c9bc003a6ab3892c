/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/llm-error.h"

GQuark
llm_error_quark (void)
{
  return g_quark_from_static_string ("llm-error-quark");
}
