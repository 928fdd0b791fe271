#!/usr/bin/env python3
# test-serve.py: a model that answers over HTTP, asked as programs ask, and as enemies do.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-serve.py LATHE-CLI"""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKEN = 'a-token-of-24-characters'
MEGABYTE = 1 << 20
ROUNDING = 1e-6  # of a probability in single precision, over a network of a few layers
KEEPS_WHAT_WAS_FREED = 'ASAN_OPTIONS' in os.environ  # so that memory says nothing
COLOURS = {'red': (200, 60, 60), 'green': (60, 200, 60), 'blue': (60, 60, 200)}


def png(width, height, rows):
    """rows: height × width × 3 bytes, or whatever is to stand there."""
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))

    step = width * 3
    filtered = b''.join(b'\0' + rows[y * step:(y + 1) * step] for y in range(len(rows) // step))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(filtered)) + chunk(b'IEND', b''))


def picture(seed, colour, side=16):
    rng = random.Random(seed)
    return png(side, side, bytes(min(255, max(0, part + rng.randrange(-50, 51)))
                                 for _ in range(side * side) for part in colour))


class Server:
    """A server at a port of its own, that is ended with it."""

    def __init__(self, model, *options, environment=None):
        self.process = subprocess.Popen([CLI, 'serve', model, '--port', '0', '--json', *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.start = json.loads(self.process.stdout.readline())
        self.port = int(re.search(r':(\d+)/$', self.start['url'])[1])

    def next_event(self):
        return json.loads(self.process.stdout.readline())

    def stop(self, number=signal.SIGINT):
        """What it says in the end, and its exit status."""
        self.process.send_signal(number)
        out, complaints = self.process.communicate(timeout=30)
        return json.loads(out.splitlines()[-1]), self.process.returncode, complaints

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def memory(self):
        """Bytes in memory, of which the shared libraries are no part."""
        return int(re.search(r'RssAnon:\s+(\d+)', pathlib.Path(f'/proc/{self.process.pid}/status').read_text())[1]) * 1024

    def ask(self, method, path, body=None, timeout=20, **headers):
        """(status, JSON or text, headers)"""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        connection.request(method, path, body, {name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if 'json' in answer.getheader('Content-Type', '') else text, answer

    def metric(self, name):
        text = self.ask('GET', '/metrics')[1]
        return float(re.search(rf'^{re.escape(name)} (\S+)$', text, re.MULTILINE)[1])

    def connect(self):
        return socket.create_connection(('127.0.0.1', self.port), timeout=20)

    def send(self, head, body=b'', host=b'Host: 127.0.0.1\r\n'):
        """Bytes as they are. Returns: all that comes back until it is closed, or until there is an answer to one"""
        with self.connect() as client:
            try:
                client.sendall(head + host + b'\r\n' + body)
            except OSError:
                pass  # it was refused before it was sent
            return receive(client)


def receive(client):
    """One answer; what is behind it, too, where the connection is closed."""
    said = b''
    try:
        while True:
            piece = client.recv(65536)
            if not piece:
                return said
            said += piece
            head, _, body = said.partition(b'\r\n\r\n')
            length = re.search(rb'content-length: (\d+)', head, re.IGNORECASE)
            if length and len(body) >= int(length[1]) and b'connection: close' not in head.lower():
                return said
    except ConnectionResetError:
        return said


def status(said):
    return int(said.split(b' ', 2)[1]) if said else None


def setUpModule():
    """One server that the cases share; what they do to it must not show."""
    shared = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(shared.cleanup)
    Case.root = pathlib.Path(shared.name)
    for name, colour in COLOURS.items():
        (Case.root / 'images' / name).mkdir(parents=True)
        for i in range(12):
            (Case.root / 'images' / name / f'{i:03}.png').write_bytes(picture(f'{name}{i}', colour))
    Case.image = Case.root / 'images' / 'red' / '000.png'
    Case.bytes = Case.image.read_bytes()
    Case.model, Case.other = Case.root / 'model.safetensors', Case.root / 'other'
    for model, seed in ((Case.model, '1'), (Case.other, '2')):
        subprocess.run([CLI, 'train', Case.root / 'images', '--network', 'mlp', '--epochs', '3', '--seed', seed,
                        '--out', model], check=True, stdout=subprocess.DEVNULL)
    Case.server = Server(Case.model)
    unittest.addModuleCleanup(Case.server.kill)


class Case(unittest.TestCase):
    def served(self, *arguments, **keywords):
        server = Server(*arguments, **keywords)
        self.addCleanup(server.kill)
        return server

    def predicted(self, *files):
        done = subprocess.run([CLI, 'predict', self.model, *files, '--json'], check=True, capture_output=True)
        return [json.loads(line)['predictions'] for line in done.stdout.splitlines()]

    def assert_no_growth(self, before, megabytes):
        if not KEEPS_WHAT_WAS_FREED:
            self.assertLess(self.server.memory() - before, megabytes * MEGABYTE)

    def wait_for_connections(self, server, n):
        """Until it has so many, the one that asks being one of them. While there are too many, it does not say."""
        for _ in range(600):
            if server.ask('GET', '/healthz')[0] == 200 and server.metric('lathe_connections') == n:
                return
            time.sleep(0.05)
        self.assertEqual(server.metric('lathe_connections'), n)

    def assert_alive(self):
        self.assertEqual(self.server.ask('POST', '/v1/predict', self.bytes)[0], 200)


class Answers(Case):
    def test_an_image_gets_the_answer_that_predict_gives(self):
        code, answer, _ = self.server.ask('POST', '/v1/predict', self.bytes, Content_Type='image/png')
        self.assertEqual(code, 200)
        self.assertEqual(answer['model'], 'model.safetensors')
        self.assertEqual([one['predictions'] for one in answer['predictions']], self.predicted(self.image))
        self.assertGreater(answer['predictions'][0]['milliseconds'], 0)

    def test_what_arrives_together_is_answered_together_and_the_same(self):
        files = sorted((self.root / 'images').rglob('*.png'))
        expected = self.predicted(*files)
        images = self.server.metric('lathe_batch_images_sum')
        batches = self.server.metric('lathe_batch_images_count')
        with concurrent.futures.ThreadPoolExecutor(36) as pool:
            answers = list(pool.map(lambda file: self.server.ask('POST', '/v1/predict', file.read_bytes())[1], files))
        for answer, wanted in zip(answers, expected, strict=True):
            said = answer['predictions'][0]['predictions']
            self.assertEqual([one['label'] for one in said], [one['label'] for one in wanted])
            for one, other in zip(said, wanted):  # sums of a batch are added in another order
                self.assertAlmostEqual(one['probability'], other['probability'], delta=ROUNDING)
        self.assertEqual(self.server.metric('lathe_batch_images_sum') - images, len(files))
        self.assertLess(self.server.metric('lathe_batch_images_count') - batches, len(files))

    def test_a_form_has_several_images(self):
        parts = b''.join(b'--x\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\nContent-Type: image/png'
                         b'\r\n\r\n' % name + contents + b'\r\n'
                         for name, contents in ((b'a.png', self.bytes), (b'b.txt', b'no image'), (b'c.png', self.bytes)))
        text = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        code, answer, _ = self.server.ask('POST', '/v1/predict?top=1', text + parts + b'--x--\r\n',
                                          Content_Type='multipart/form-data; boundary=x')
        first = self.predicted(self.image)[0][:1]
        self.assertEqual((code, [one['file'] for one in answer['predictions']]), (200, ['a.png', 'b.txt', 'c.png']))
        self.assertEqual([one.get('predictions') for one in answer['predictions']], [first, None, first])
        self.assertEqual(answer['predictions'][1]['error'], 'not an image')

    def test_json_has_several_images(self):
        text = base64.b64encode(self.bytes).decode()
        body = json.dumps({'images': [text, 'data:image/png;base64,' + text], 'top': 2})
        code, answer, _ = self.server.ask('POST', '/v1/predict', body, Content_Type='application/json')
        self.assertEqual((code, [one['predictions'] for one in answer['predictions']]),
                         (200, 2 * [self.predicted(self.image)[0][:2]]))

    def test_the_model_is_described(self):
        code, answer, _ = self.server.ask('GET', '/v1/model')
        info = json.loads(subprocess.run([CLI, 'info', self.model, '--json'], check=True,
                                         capture_output=True).stdout.splitlines()[-1])
        self.assertEqual((code, sorted(answer['labels']), answer['parameters']),
                         (200, sorted(COLOURS), info['parameters']))
        self.assertEqual(answer['input'], {'width': 16, 'height': 16, 'channels': 3})
        self.assertEqual(answer['weights_sha256'], self.server.start['weights_sha256'])
        self.assertEqual(set(answer['scores']), {'best_epoch', 'val_loss', 'val_accuracy', 'test_loss', 'test_accuracy'})

    def test_the_description_tells_of_every_route(self):
        api = self.server.ask('GET', '/openapi.json')[1]
        self.assertEqual(api['openapi'], '3.1.0')
        self.assertEqual(set(api['paths']), {'/', '/healthz', '/metrics', '/v1/model', '/v1/predict', '/openapi.json'})
        for path, methods in api['paths'].items():
            for method in methods:
                self.assertNotIn(self.server.ask(method.upper(), path, b'' if method == 'post' else None)[0], (404, 405))
        for name in re.findall(r'#/components/schemas/(\w+)', json.dumps(api)):
            self.assertIn(name, api['components']['schemas'])

    def test_the_page_runs_its_own_script_and_nothing_else(self):
        code, page, answer = self.server.ask('GET', '/')
        policy = answer.getheader('Content-Security-Policy')
        self.assertEqual(code, 200)
        self.assertIn("default-src 'none'", policy)
        for tag in ('script', 'style'):
            contents = re.findall(rf'<{tag}>(.*?)</{tag}>', page, re.DOTALL)
            self.assertEqual(len(contents), 1)
            digest = base64.b64encode(hashlib.sha256(contents[0].encode()).digest()).decode()
            self.assertIn(f"{tag}-src 'sha256-{digest}'", policy)
        self.assertNotRegex(page, r'https?://|{{| style="| on\w+="')

    def test_metrics_count_what_was_asked(self):
        name = 'lathe_requests_total{route="other",code="404"}'
        self.server.ask('GET', '/nowhere')
        before = self.server.metric(name)
        self.server.ask('GET', '/elsewhere')
        self.assertEqual(self.server.metric(name), before + 1)
        for line in self.server.ask('GET', '/metrics')[1].splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) .+|[a-z_]+(\{[a-z0-9_]+="[^"]*"(,[a-z0-9_]+="[^"]*")*\})? [0-9.e+-]+)$')


class Refusals(Case):
    """Each is refused with its status, and nothing is left of it."""

    POST = b'POST /v1/predict HTTP/1.1\r\n'
    GET = b'GET /v1/model HTTP/1.1\r\n'
    SMUGGLED = b'GET /v1/model HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

    def hear_out(self, said):
        """All that comes back to these bytes until the connection is closed."""
        heard = b''
        with self.server.connect() as client:
            client.sendall(said)
            try:
                while piece := client.recv(65536):
                    heard += piece
            except ConnectionResetError:
                pass
        return heard

    def assert_refused(self, cases):
        for name, (expected, said) in cases.items():
            with self.subTest(name):
                self.assertEqual(status(said), expected, said[:200])
        self.assert_alive()

    def test_lengths_that_are_none(self):
        send, hear_out, post = self.server.send, self.hear_out, self.POST
        huge = b'Host: 127.0.0.1\r\nContent-Length: 9999999999999999999\r\n\r\n' + self.SMUGGLED
        cases = {
            'two': (400, send(post + b'Content-Length: 5\r\nContent-Length: 6\r\n', b'hello' + self.SMUGGLED)),
            'two alike': (400, send(post + b'Content-Length: 5\r\nContent-Length: 5\r\n', b'hello' + self.SMUGGLED)),
            'list': (400, send(post + b'Content-Length: 5, 5\r\n', b'hello')),
            'negative': (400, send(post + b'Content-Length: -5\r\n', b'hello')),
            'signed': (400, send(post + b'Content-Length: +5\r\n', b'hello')),
            'beyond 63 bits': (400, hear_out(post + huge)),
            'beyond 63 bits, with a GET': (400, hear_out(self.GET + huge)),
            'beyond 64 bits': (400, send(post + b'Content-Length: 18446744073709551621\r\n', b'hello')),
            'none': (411, send(post)),
            '10 GB': (413, send(post + b'Content-Length: 10000000000\r\n', b'hello')),
            '10 GB, asked first': (413, send(post + b'Expect: 100-continue\r\nContent-Length: 10000000000\r\n')),
            'with a GET': (400, send(self.GET + b'Content-Length: 5\r\n', b'hello')),
        }
        self.assert_refused(cases)
        for name in ('two', 'two alike', 'beyond 63 bits', 'beyond 63 bits, with a GET'):
            self.assertEqual(cases[name][1].count(b'HTTP/1.1 '), 1, 'what was smuggled in was answered')

    def test_chunks_that_hide_a_request(self):
        send, post = self.server.send, self.POST
        last = b'0\r\n\r\n'
        cases = {
            'and a length': (400, send(post + b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
                                       last + self.SMUGGLED)),
            'and a length, of all': (400, send(b'OPTIONS * HTTP/1.1\r\nContent-Length: 5\r\n'
                                               b'Transfer-Encoding: chunked\r\n', last + self.SMUGGLED)),
            'of another kind': (501, send(post + b'Transfer-Encoding: xchunked\r\n', last + self.SMUGGLED)),
            'twice': (501, send(post + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
                                last + self.SMUGGLED)),
            'without a number': (422, send(post + b'Transfer-Encoding: chunked\r\n', b'zz\r\n' + last + self.SMUGGLED)),
            'behind the end': (422, send(post + b'Transfer-Encoding: chunked\r\n', last + self.SMUGGLED)),
        }
        self.assert_refused(cases)
        for name, (_, said) in cases.items():
            self.assertEqual(said.count(b'HTTP/1.1 '), 1, name + ': what was smuggled in was answered')
        size = b'%x\r\n' % len(self.bytes)
        sound = send(post + b'Transfer-Encoding: chunked\r\n', size + self.bytes + b'\r\n' + last)
        self.assertEqual(status(sound), 200)

    def test_a_body_that_was_asked_about_first_is_no_request(self):
        def ask(head, body):
            return self.hear_out(head + b'Expect: 100-continue\r\nContent-Length: %d\r\n\r\n' % len(body) + body)

        host = b'Host: 127.0.0.1\r\n'
        cases = {
            'not wanted': (400, ask(self.GET + host, self.SMUGGLED)),
            'of another origin': (403, ask(self.POST + host + b'Origin: http://example.org\r\n', self.SMUGGLED)),
            'for nobody': (404, ask(b'POST /nowhere HTTP/1.1\r\n' + host, self.SMUGGLED)),
            'by another method': (405, ask(b'PUT /v1/predict HTTP/1.1\r\n' + host, self.SMUGGLED)),
            'of another type': (415, ask(self.POST + host + b'Content-Type: text/plain\r\n', self.SMUGGLED)),
            'for another host': (421, ask(self.POST + b'Host: example.org\r\n', self.SMUGGLED)),
        }
        self.assert_refused(cases)
        for name, (_, said) in cases.items():
            self.assertEqual(said.count(b'HTTP/1.1 '), 1, name + ': what was smuggled in was answered')
        sound = ask(self.POST + host + b'Connection: close\r\n', self.bytes)
        self.assertEqual([int(code) for code in re.findall(rb'HTTP/1\.1 (\d+) ', sound)], [100, 200])

    def test_chunks_without_end_are_cut_off(self):
        before = self.server.memory()
        chunk = b'100000\r\n' + bytes(MEGABYTE) + b'\r\n'
        said = self.server.send(self.POST + b'Transfer-Encoding: chunked\r\n', chunk * 80)
        self.assertEqual(status(said), 413)
        self.assert_no_growth(before, 64)
        self.assert_alive()

    def test_hosts_and_origins_of_others(self):
        def host(name, extra=b''):
            return self.server.send(self.GET + extra, host=b'Host: ' + name + b'\r\n')

        port = b':%d' % self.server.port
        self.assert_refused({
            'localhost': (200, host(b'localhost' + port)),
            'IPv6': (200, host(b'[::1]' + port)),
            'another': (421, host(b'example.org')),
            'another with the port': (421, host(b'example.org' + port)),
            'begins alike': (421, host(b'127.0.0.1.example.org')),
            'behind a user': (400, host(b'127.0.0.1@example.org')),
            'two': (400, host(b'127.0.0.1\r\nHost: example.org')),
            'none': (400, self.server.send(self.GET, host=b'')),
            'none in HTTP/1.0': (200, self.server.send(b'GET /v1/model HTTP/1.0\r\n', host=b'')),
            'another in HTTP/1.0': (421, self.server.send(b'GET /v1/model HTTP/1.0\r\nHost: example.org\r\n', host=b'')),
            'an origin alone': (403, self.server.send(b'GET /v1/model HTTP/1.0\r\nOrigin: http://127.0.0.1\r\n',
                                                      host=b'')),
            'in the target': (421, self.server.send(b'GET http://example.org/v1/model HTTP/1.1\r\n')),
            'own origin': (200, host(b'127.0.0.1' + port, b'Origin: http://127.0.0.1' + port + b'\r\n')),
            'another origin': (403, host(b'127.0.0.1' + port, b'Origin: http://example.org\r\n')),
            'another port': (403, host(b'127.0.0.1' + port, b'Origin: http://127.0.0.1:1\r\n')),
            'no origin': (403, host(b'127.0.0.1' + port, b'Origin: null\r\n')),
        })

    def test_paths_and_methods_that_are_none(self):
        paths = (b'/../etc/passwd', b'//etc/passwd', b'/%2e%2e/etc/passwd', b'/..%2f..%2fetc', b'/v1/model/',
                 b'/v1/model%00', b'/v1\\model', b'/v1/model;x')
        self.assert_refused({
            **{path: (404, self.server.send(b'GET ' + path + b' HTTP/1.1\r\n')) for path in paths},
            'all': (404, self.server.send(b'OPTIONS * HTTP/1.1\r\n')),
            'DELETE': (405, self.server.send(b'DELETE /v1/model HTTP/1.1\r\n')),
            'GET': (405, self.server.send(b'GET /v1/predict HTTP/1.1\r\n')),
            'CONNECT': (405, self.server.send(b'CONNECT 127.0.0.1:80 HTTP/1.1\r\n')),
            'HTTP/2': (505, self.server.send(b'PRI * HTTP/2.0\r\n')),
            'TLS': (400, self.server.send(b'\x16\x03\x01\x02\r\n')),
            'NUL': (400, self.server.send(self.GET + b'X: a\0b\r\n')),
        })

    def test_what_libsoup_refuses_has_one_answer_and_no_successor(self):
        def n_answered():
            return {code: int(n) for code, n in
                    re.findall(r'^lathe_requests_total{route="other",code="(\d+)"} (\d+)$',
                               self.server.ask('GET', '/metrics')[1], re.MULTILINE)}

        host = b'Host: 127.0.0.1\r\n'
        length = b'Content-Length: %d\r\n' % len(self.SMUGGLED)
        foreign = b'POST https://127.0.0.1/v1/predict HTTP/1.1\r\n' + host + length
        asking = b'Expect: 100-continue\r\n'
        before = n_answered()
        cases = {
            'no request line': (400, self.hear_out(b'GARBAGE\r\n' + host + b'\r\n')),
            'a version that is none': (505, self.hear_out(b'GET / HTTP/9.9\r\n' + host + b'\r\n')),
            'another scheme': (400, self.hear_out(foreign + b'\r\n' + self.SMUGGLED)),
            'another scheme, asked first': (400, self.hear_out(foreign + asking + b'\r\n' + self.SMUGGLED)),
        }
        after = n_answered()
        self.assert_refused(cases)
        for name, (_, said) in cases.items():
            self.assertEqual(len(re.findall(rb'HTTP/1\.[01] ', said)), 1, name)
        self.assertEqual({code: n - before.get(code, 0) for code, n in after.items() if n != before.get(code)},
                         {'400': 3, '505': 1})

    def test_bodies_that_are_no_images(self):
        def post(body, kind='image/png', path='/v1/predict'):
            code, answer, _ = self.server.ask('POST', path, body, Content_Type=kind)
            return code, f'HTTP/1.1 {code} {answer}'.encode()

        def text(**members):
            return json.dumps(members)

        json_type, form = 'application/json', 'multipart/form-data; boundary=x'
        good = base64.b64encode(self.bytes).decode()
        bodies = {
            'text': (422, b'no image', 'image/png'),
            'empty': (422, b'', 'image/png'),
            'bomb': (422, png(60000, 60000, bytes(180000)), 'image/png'),
            'type': (415, b'no image', 'text/plain'),
            'no JSON': (400, 'hello', json_type),
            'JSON of another kind': (400, '[]', json_type),
            'deep JSON': (400, '[' * 100000, json_type),
            'wide JSON': (400, '{"images":[' + '1,' * 1000000 + '1]}', json_type),
            'no base64': (400, text(images=[good, '!!!!']), json_type),
            'no images': (400, text(images=[]), json_type),
            'too many': (400, text(images=['AAAA'] * 65), json_type),
            'top': (400, text(images=[good], top=0), json_type),
            'no boundary': (400, b'--x--', 'multipart/form-data'),
            'form without an end': (400, b'--x\r\nContent-Disposition: form-data; filename=a\r\n\r\n' + self.bytes, form),
            'form without a file': (400, b'--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--', form),
            'form of nothing': (400, b'--x\r\n\r\n\r\n' * 100000 + b'--x--', form),
            'form of many': (400, b'--x\r\nContent-Disposition: form-data; filename=a\r\n\r\n\r\n' * 65 + b'--x--', form),
        }
        before = self.server.memory()
        self.assert_refused({name: (expected, post(body, kind)[1]) for name, (expected, body, kind) in bodies.items()})
        self.assertIn(b'megapixels', post(*bodies['bomb'][1:])[1])
        self.assert_no_growth(before, 32)

    def test_a_head_without_end(self):
        for line in (b'X: ' + b'a' * 300000 + b'\r\n', b'a: b\r\n' * 50000):
            said = self.server.send(self.GET + line)
            self.assertEqual(status(said), 431)
            self.assertIn(b'100 KB', said)
            self.wait_for_connections(self.server, 1)
        self.assert_alive()


class Patience(Case):
    def test_who_dawdles_is_cut_off_and_others_are_served(self):
        """Seconds are counted by who dawdles: on a machine that is busy, those are as long as the server's."""
        def wait(client, send=b''):
            """What comes, and the seconds to there, in each of which this is sent."""
            client.settimeout(1)
            for second in range(16):
                try:
                    client.sendall(send)
                    return client.recv(4096), second
                except TimeoutError:
                    continue
            return None, 16

        def dribble(head):
            with self.server.connect() as client:
                client.sendall(head)
                return wait(client, b'a')

        def keep(head):
            with self.server.connect() as client:
                client.sendall(head)
                receive(client)
                return wait(client)

        head = b'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\n'
        with concurrent.futures.ThreadPoolExecutor() as pool:
            slow = [pool.submit(dribble, start) for start in
                    (b'', b'GET /', head + b'Content-Length: 1000000\r\n\r\n')]
            idle = pool.submit(keep, b'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
            served = 0
            while not any(one.done() for one in slow):
                self.assert_alive()
                served += 1
                time.sleep(0.05)
        for one in slow:
            self.assertEqual(status(one.result()[0]), 408)
        self.assertEqual(idle.result()[0], b'')
        self.assertGreater(served, 10)

    def test_who_goes_away_leaves_nothing(self):
        post = b'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n' % len(self.bytes)
        halves = (b'', b'POST /v1', post, post + self.bytes[:100], post + self.bytes,
                  b'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
                  b'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n')

        def leave(n):
            for i in range(n):
                with self.server.connect() as client:
                    client.sendall(halves[i % len(halves)])
                    if i % 3 == 0:  # with a reset
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))

        leave(350)
        before = self.server.memory()
        leave(700)
        self.assert_alive()
        self.wait_for_connections(self.server, 1)
        self.assertEqual(self.server.metric('lathe_held_bytes'), 0)
        self.assertEqual(self.server.metric('lathe_waiting_images'), 0)
        self.assert_no_growth(before, 2)

    def test_connections_have_a_number(self):
        clients = [self.server.connect() for _ in range(256)]
        with self.server.connect() as late:
            late.sendall(b'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
            said = receive(late)
        for client in clients:
            client.close()
        self.assertEqual(status(said), 503)
        self.assertIn(b'Retry-After', said)
        self.wait_for_connections(self.server, 1)
        self.assert_alive()

    def test_too_much_at_once_is_put_off_and_the_rest_answered(self):
        large = png(600, 600, bytes(600 * 600 * 3))  # takes its time to be decoded
        body = json.dumps({'images': [base64.b64encode(large).decode()] * 64})
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda _: self.server.ask('POST', '/v1/predict', body,
                                                              Content_Type='application/json'), range(24)))
        codes = {code for code, _, _ in answers}
        self.assertEqual(codes, {200, 503})
        for code, text, answer in answers:
            if code == 503:
                self.assertEqual(answer.getheader('Retry-After'), '1')
            else:
                self.assertEqual(len(text['predictions']), 64)
        self.assertEqual(self.server.metric('lathe_waiting_images'), 0)
        self.assert_alive()


    def test_who_sends_large_images_keeps_nobody_waiting(self):
        side = 5000
        large = png(side, side, bytes(side * side * 3))
        body = json.dumps({'images': [base64.b64encode(large).decode()] * 8})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            begin = time.monotonic()
            other = pool.submit(self.server.ask, 'POST', '/v1/predict', body, 300, Content_Type='application/json')
            while self.server.metric('lathe_waiting_images') < 8:
                time.sleep(0.01)
            for seed in range(3):
                self.assertEqual(self.server.ask('POST', '/v1/predict', picture(seed, COLOURS['red']),
                                                 Content_Type='image/png')[0], 200)
            small = time.monotonic() - begin
            self.assertEqual(other.result()[0], 200)
        self.assertLess(small, (time.monotonic() - begin) / 2)


class Running(Case):
    def run_serve(self, *options, **environment):
        return subprocess.run([CLI, 'serve', self.model, '--port', '0', *options], capture_output=True, text=True,
                              timeout=20, env={**os.environ, **environment})

    def test_others_are_let_in_with_a_token_only(self):
        for options in (('--host', '0.0.0.0'), ('--host', '0.0.0.0', '--token', 'short'), ('--host', 'nowhere')):
            done = self.run_serve(*options)
            self.assertEqual((done.returncode, done.stdout), (1, ''))
            self.assertIn('lathe-cli serve: ', done.stderr)
        server = self.served(self.model, '--host', '0.0.0.0', environment={'LATHE_TOKEN': TOKEN})
        for path, open_to_all in (('/', True), ('/healthz', True), ('/openapi.json', True), ('/v1/model', False),
                                  ('/metrics', False)):
            self.assertEqual(server.ask('GET', path)[0], 200 if open_to_all else 401, path)
            self.assertEqual(server.ask('GET', path, Authorization='Bearer ' + TOKEN)[0], 200, path)
        for wrong in (TOKEN[:-1], TOKEN + 'x', TOKEN[:-1] + 'x', '', TOKEN * 2):
            code, _, answer = server.ask('POST', '/v1/predict', self.bytes, Authorization='Bearer ' + wrong)
            self.assertEqual((code, answer.getheader('WWW-Authenticate')), (401, 'Bearer'))
        self.assertEqual(server.ask('POST', '/v1/predict', self.bytes, Authorization='Bearer ' + TOKEN)[0], 200)
        self.assertEqual(server.ask('GET', '/healthz', Host='example.org')[0], 421)

    def test_a_port_in_use_is_named(self):
        done = self.run_serve('--port', str(self.server.port))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f'port {self.server.port} of 127.0.0.1 is in use', done.stderr)

    def test_another_model_takes_over_without_a_lost_request(self):
        path = self.root / 'changing.safetensors'
        shutil.copyfile(self.model, path)
        server = self.served(path)
        expected = {}
        for model in (self.model, self.other):
            done = subprocess.run([CLI, 'predict', model, self.image, '--json'], check=True, capture_output=True)
            expected[json.loads(done.stdout)['predictions'][0]['probability']] = model
        self.assertEqual(len(expected), 2)
        said, over = [], threading.Event()

        def ask():
            connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
            while not over.is_set():
                connection.request('POST', '/v1/predict', self.bytes)
                answer = connection.getresponse()
                said.append((answer.status, json.loads(answer.read())))
            connection.close()

        def wait_for_answers():
            """Some more, the last of which were asked for after this began."""
            n = len(said)
            while len(said) < n + 20 and not any(client.done() for client in clients):
                time.sleep(0.01)

        with concurrent.futures.ThreadPoolExecutor() as pool:
            clients = [pool.submit(ask) for _ in range(4)]
            for i in range(6):
                shutil.copyfile((self.other, self.model)[i % 2], self.root / 'next')
                os.replace(self.root / 'next', path)
                if i % 2 == 0:
                    server.process.send_signal(signal.SIGHUP)
                self.assertEqual(server.next_event()['event'], 'model')
                wait_for_answers()
            path.write_bytes(b'no model')
            self.assertIn('changing.safetensors', server.process.stderr.readline())
            wait_for_answers()
            over.set()
        for client in clients:
            client.result()
        self.assertEqual({code for code, _ in said}, {200})
        seen = {expected[text['predictions'][0]['predictions'][0]['probability']] for _, text in said}
        self.assertEqual(seen, {self.model, self.other})
        self.assertEqual(server.ask('POST', '/v1/predict', self.bytes)[0], 200)

    def test_what_came_is_answered_before_it_ends(self):
        for number, exit_status in ((signal.SIGINT, 130), (signal.SIGTERM, 0)):
            server = self.served(self.model)
            clients = [server.connect() for _ in range(20)]
            idle = server.connect()
            for client in clients:
                client.sendall(b'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n' %
                               len(self.bytes) + self.bytes)
            self.wait_for_connections(server, len(clients) + 2)
            last, code, complaints = server.stop(number)
            self.assertEqual([status(receive(client)) for client in clients], [200] * 20)
            self.assertEqual((code, complaints, last['images']), (exit_status, '', 20))
            for client in (idle, *clients):
                client.close()

    def test_what_would_take_too_long_is_given_up_in_the_end(self):
        side = 8000
        large = base64.b64encode(png(side, side, bytes(side * side * 3))).decode()  # takes its time to be decoded
        body = json.dumps({'images': [large] * 64}).encode()
        server = self.served(self.model, '--threads', '1')
        clients = [server.connect() for _ in range(3)]
        for client in clients:
            client.sendall(b'POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
                           b'Content-Length: %d\r\n\r\n' % len(body) + body)
        while server.metric('lathe_waiting_images') < 150:  # all three have been read
            time.sleep(0.05)
        last, code, complaints = server.stop(signal.SIGTERM)
        self.assertEqual([receive(client) for client in clients], [b''] * 3)
        self.assertEqual((code, complaints), (0, ''))
        self.assertLess(last['images'], 3 * 64)
        for client in clients:
            client.close()

    def test_the_words_of_the_page_are_there_to_be_translated(self):
        page = (ROOT / 'data/serve/page.html').read_text(encoding='utf-8')
        source = (ROOT / 'engine/serve/lathe-serve-page.c').read_text(encoding='utf-8')
        words = set(re.findall(r'{{(.*?)}}', page))
        self.assertEqual(words, set(re.findall(r'N_ \("(.*?)"\)', source)))


if __name__ == '__main__':
    tap.main()
