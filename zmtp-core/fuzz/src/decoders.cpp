// Drives libzmq's decoders as its engines do: asks for a buffer, fills it, decodes, and takes each message out.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "precompiled.hpp"

#include "msg.hpp"
#include "v1_decoder.hpp"
#include "v2_decoder.hpp"

typedef void (*on_frame_t) (void *frames, unsigned char flags, const unsigned char *body, size_t len);

static bool drive (zmq::i_decoder &decoder,
                   size_t piece,
                   const unsigned char *octets,
                   size_t len,
                   on_frame_t on_frame,
                   void *frames)
{
    while (len > 0) {
        unsigned char *buffer;
        size_t size;
        decoder.get_buffer (&buffer, &size);
        size = std::min (std::min (size, piece), len);
        memcpy (buffer, octets, size);
        octets += size;
        len -= size;
        size_t at = 0;
        while (at < size) {
            size_t used = 0;
            const int rc = decoder.decode (buffer + at, size - at, used);
            at += used;
            if (rc < 0)
                return true;
            if (rc == 0)
                break;
            zmq::msg_t *const msg = decoder.msg ();
            const unsigned char flags = static_cast<unsigned char> (
              (msg->flags () & zmq::msg_t::more ? 1 : 0) | (msg->flags () & zmq::msg_t::command ? 2 : 0));
            on_frame (frames, flags, static_cast<unsigned char *> (msg->data ()), msg->size ());
        }
    }
    return false;
}

extern "C" bool zmtp_fuzz_decode (bool v1,
                                  int64_t most,
                                  size_t buffer,
                                  size_t piece,
                                  const unsigned char *octets,
                                  size_t len,
                                  on_frame_t on_frame,
                                  void *frames)
{
    if (v1) {
        zmq::v1_decoder_t decoder (buffer, most);
        return drive (decoder, piece, octets, len, on_frame, frames);
    }
    zmq::v2_decoder_t decoder (buffer, most, true);
    return drive (decoder, piece, octets, len, on_frame, frames);
}
