/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/llm-error.h"

G_DEFINE_QUARK (llm-error-quark, llm_error)
