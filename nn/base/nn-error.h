/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one error domain of nn/. A message names the file, the tensor or key, what was expected and
 * what was found, in one line. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  NN_ERROR_IO,          /* the file cannot be opened, mapped or written */
  NN_ERROR_FORMAT,      /* the bytes break the format's own rules */
  NN_ERROR_MISSING,     /* a key or tensor that the model needs is not there */
  NN_ERROR_SHAPE,       /* a tensor is there, with other dimensions or another type */
  NN_ERROR_UNSUPPORTED, /* well-formed, but of a version or type that is not handled */
  NN_ERROR_MEMORY,      /* sizes overflow, or memory is not to be had */
  NN_ERROR_CANCELLED
} NnError;

#define NN_ERROR (nn_error_quark ())
GQuark nn_error_quark (void);

G_END_DECLS
